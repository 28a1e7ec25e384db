import { decodeTrack, encodeTrack } from "@asterite/lavaplayer-track";
import { ScriptedNode } from "@asterite/testkit";
import { onTestFinished } from "vitest";
import { type AudioNode, playerOf } from "./node-player.ts";

/** Length of the tracks that the scripted node finds, in ms. */
const lengthMs = 180_000;

/** A track as the scripted node finds it, with a real encoded form. */
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

/** The title of an encoded track. */
export const titleOf = (track: unknown): string =>
  typeof track === "string" ? decodeTrack(track).info.title : String(track);

/** The scripted node finds one track of the name of whatever is searched, nothing for "nothing". */
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
    player: (userId, guildId) => playerOf(scripted.httpUrl, userId, guildId),
    finish: (userId, guildId) => Promise.resolve(scripted.endTrack(guildId, "FINISHED", userId)),
    kill: () => scripted.die(),
    restart: () => scripted.restart(),
  };
}

/** Every node that the suite of the music bot runs on. */
export const audioNodes: readonly (readonly [name: string, start: () => Promise<AudioNode>])[] = [
  ["the scripted node", () => startScriptedNode()],
  ["a whole node", async () => (await import("./real-audio-node.ts")).startRealNode()],
];
