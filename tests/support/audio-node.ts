import { decodeTrack, encodeTrack } from "@asterite/lavaplayer-track";
import { ScriptedNode } from "@asterite/testkit";
import { onTestFinished } from "vitest";

/** Audio node in tests of the music bot: a scripted or a real one. */
export interface AudioNode {
  /** Base URL; the node has no password. */
  readonly url: string;
  /** Names of three tracks of three minutes each, which a search finds. */
  readonly tracks: readonly [string, string, string];
  /** Returns the player of a bot in a guild over HTTP; null if there is none. */
  fetchPlayer(userId: string, guildId: string): Promise<PlayerJson | null>;
  /** Makes the current track end. */
  finishTrack(userId: string, guildId: string): Promise<void>;
  /** Closes all connections, like a killed process. */
  kill(): Promise<void>;
  /** Starts again on the same port, without players. */
  restart(): Promise<void>;
}

/** Fields of a player that tests read. */
interface PlayerJson {
  readonly position: number | null;
  readonly paused: boolean;
  readonly volume: number;
}

/** Returns a player of any node over HTTP; null if there is none. */
export async function fetchPlayerOf(
  url: string,
  userId: string,
  guildId: string,
  password: string | null = null,
): Promise<PlayerJson | null> {
  const headers = { "User-Id": userId, ...(password !== null && { Authorization: password }) };
  const response = await fetch(new URL(`player/${guildId}`, url), { headers });
  if (response.status === 404) return null;
  return (await response.json()) as PlayerJson;
}

/** Length of the tracks of the scripted node, in ms. */
const lengthMs = 180_000;

/** Creates a track for responses of the scripted node, with a valid encoding. */
export function scriptedTrack(title: string, more: Readonly<Record<string, unknown>> = {}): object {
  const info = { title, author: "The Asterites", identifier: `${title}.mp3`, uri: `/music/${title}.mp3` };
  const track = encodeTrack({
    info: { ...info, lengthMs },
    source: { name: "local", probe: { name: "mp3", parameters: null } },
  });
  return {
    track,
    info: { ...info, length: lengthMs, position: 0, isStream: false, isSeekable: true, ...more },
  };
}

/** Returns the title of an encoded track. */
export const titleOf = (track: unknown): string =>
  typeof track === "string" ? decodeTrack(track).info.title : String(track);

/** Starts a scripted node that finds one track named like the query, and no track for "nothing". */
export async function startScriptedNode(
  nodeId = "n1",
): Promise<AudioNode & { readonly scripted: ScriptedNode }> {
  const scripted = await ScriptedNode.start({ additions: true, nodeId });
  onTestFinished(() => scripted.die());
  scripted.respond = ({ path, query }) => {
    if (path !== "loadtracks") return { status: 404, body: { code: 404, message: "Not found" } };
    const words = String(query["identifier"]).replace(/^(?:raw|search):/, "");
    if (words === "nothing") return { status: 200, body: { loadType: "NO_MATCHES" } };
    const tracks = [scriptedTrack(words)];
    return { status: 200, body: { loadType: "SEARCH_RESULT", tracks, playlistInfo: { name: words } } };
  };
  return {
    scripted,
    url: scripted.httpUrl,
    tracks: ["morning", "noon", "evening"],
    fetchPlayer: (userId, guildId) => fetchPlayerOf(scripted.httpUrl, userId, guildId),
    finishTrack: (userId, guildId) => Promise.resolve(scripted.endTrack(guildId, "FINISHED", userId)),
    kill: () => scripted.die(),
    restart: () => scripted.restart(),
  };
}
