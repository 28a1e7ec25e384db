import { parseSnowflake } from "@asterite/andesite-protocol";
import type { Track } from "@asterite/lavaplayer-track";
import { withoutAutoSearch } from "../../loading/identifier.ts";
import type { Loader } from "../../loading/loader.ts";
import type { Player } from "../../players/player.ts";
import { VoiceErrorCode } from "../../voice/voice-error.ts";
import { HttpError } from "../http/http-error.ts";
import { toLavalinkPlayer } from "./lavalink-player.ts";
import type { Lavalink4Session } from "./lavalink4-session.ts";
import type { Lavalink4Sessions } from "./lavalink4-sessions.ts";
import { readFlag } from "./read-fields.ts";
import {
  incompleteVoice,
  type PlayerUpdate,
  type RequestedTrack,
  readPlayerUpdate,
  type VoiceUpdate,
} from "./read-player-update.ts";
import type { Lavalink4Route } from "./route.ts";
import { decodeLavalinkTrack } from "./track-routes.ts";

const playersPath = "/v4/sessions/:sessionId/players";
const playerPath = `${playersPath}/:guildId`;

/** Returns the routes that query and control players. */
export function playerRoutes(sessions: Lavalink4Sessions, loader: Loader): Lavalink4Route[] {
  return [
    {
      method: "GET",
      path: playersPath,
      handle({ sessionId }) {
        return { status: 200, body: Array.from(sessions.require(sessionId).players.all, toLavalinkPlayer) };
      },
    },
    {
      method: "GET",
      path: playerPath,
      handle({ sessionId, guildId }) {
        const session = sessions.require(sessionId);
        const player = session.players.find(session.userId, readGuildId(guildId));
        if (!player) throw new HttpError(404, "Player not found");
        return { status: 200, body: toLavalinkPlayer(player) };
      },
    },
    {
      method: "DELETE",
      path: playerPath,
      handle({ sessionId, guildId }) {
        const session = sessions.require(sessionId);
        session.players.find(session.userId, readGuildId(guildId))?.destroy(false);
        return { status: 204 };
      },
    },
    {
      method: "PATCH",
      path: playerPath,
      hasBody: true,
      async handle({ sessionId, guildId: given, query, body, signal }) {
        const session = sessions.require(sessionId);
        const guildId = readGuildId(given);
        const noReplace = readFlag(query, "noReplace");
        const update = readPlayerUpdate(body);
        const player = await updatePlayer(session, guildId, noReplace, update, signal);
        return { status: 200, body: toLavalinkPlayer(player) };
      },
    },
  ];

  /** Checks everything before it changes anything. */
  async function updatePlayer(
    { id, userId }: Lavalink4Session,
    guildId: string,
    noReplace: boolean,
    update: PlayerUpdate,
    signal: AbortSignal,
  ): Promise<Player> {
    // The session may end, and the player be destroyed, during each wait.
    const find = (): Player | undefined => sessions.require(id).players.find(userId, guildId);
    const obtain = (): Player => sessions.require(id).players.findOrCreate(userId, guildId);
    const keepsTrack = noReplace && find()?.hasTrack === true;
    let track: Track | null | undefined;
    if (update.track !== undefined) track = keepsTrack ? null : await resolve(update.track, signal);
    if (update.voice) await joinVoice(obtain(), update.voice);
    const player = obtain();
    const { paused, volume, positionMs, endMs, userData, filters } = update;
    player.perform({
      op: "update-player",
      fields: {
        noReplace,
        ...(track !== undefined && { track }),
        ...(paused !== undefined && { paused }),
        ...(volume !== undefined && { volume }),
        ...(positionMs !== undefined && { positionMs }),
        ...(endMs !== undefined && { endMs }),
        ...(userData !== undefined && { userData }),
        ...(filters !== undefined && { filters }),
      },
    });
    return player;
  }

  async function resolve(requested: RequestedTrack, signal: AbortSignal): Promise<Track | null> {
    if (requested === null) return null;
    if (requested.type === "encoded") {
      return decodeLavalinkTrack(requested.encoded, "track.encoded", loader);
    }
    const { identifier } = requested;
    const loaded = await loader.load(withoutAutoSearch(identifier), signal);
    switch (loaded.loadType) {
      case "TRACK_LOADED":
        return loaded.tracks[0].track;
      case "NO_MATCHES":
        throw new HttpError(400, "No matches found for identifier");
      case "LOAD_FAILED":
        throw new HttpError(400, loaded.error.message);
      default:
        throw new HttpError(400, "Cannot play a playlist or search result");
    }
  }
}

/** @throws HttpError 400 */
function readGuildId(text: string): string {
  const guildId = parseSnowflake(text);
  if (guildId === null) throw new HttpError(400, "guildId must be an unsigned 64-bit integer");
  return guildId;
}

/**
 * Connects a player and waits until it can send audio.
 *
 * @throws HttpError 400 if the call needs the id of its channel, and 500 if the voice server refuses.
 */
async function joinVoice({ userId, guildId, audio }: Player, voice: VoiceUpdate): Promise<void> {
  audio.join({ userId, guildId, ...voice });
  const close = await audio.waitForVoice();
  if (!close) return;
  if (close.code === VoiceErrorCode.endToEndRequired && voice.channelId === null) {
    throw new HttpError(400, incompleteVoice);
  }
  const reason = [close.code, close.reason].filter((part) => part !== "").join(" ");
  throw new HttpError(500, `Failed to connect to voice server: ${reason}`);
}
