import { parseSnowflake } from "@asterite/andesite-protocol";
import type { Track } from "@asterite/lavaplayer-track";
import type { Loader } from "../../loading/loader.ts";
import type { Player } from "../../players/player.ts";
import type { PlayerChanges } from "../../players/players.ts";
import { VoiceErrorCode } from "../../voice/voice-error.ts";
import { HttpError } from "../http/http-error.ts";
import { toLavalinkPlayer } from "./lavalink-player.ts";
import type { Lavalink4Session } from "./lavalink4-session.ts";
import type { Lavalink4Sessions } from "./lavalink4-sessions.ts";
import { readFlag } from "./read-fields.ts";
import { readNodelinkUpdate } from "./read-nodelink-update.ts";
import {
  incompleteVoice,
  type PlayerUpdate,
  readPlayerUpdate,
  type VoiceUpdate,
} from "./read-player-update.ts";
import type { Lavalink4Route } from "./route.ts";
import { resolveTrack } from "./track-routes.ts";

const playersPath = "/v4/sessions/:sessionId/players";
export const playerPath = `${playersPath}/:guildId`;

/** Returns the routes that query and control players. */
export function playerRoutes(
  sessions: Lavalink4Sessions,
  loader: Loader,
  isNodelink: boolean,
): Lavalink4Route[] {
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
        const additions = isNodelink ? readNodelinkUpdate(body, loader) : {};
        const player = await updatePlayer(session, guildId, { ...additions, noReplace }, update, signal);
        return { status: 200, body: toLavalinkPlayer(player) };
      },
    },
  ];

  /** Checks everything before it changes anything. */
  async function updatePlayer(
    { id, userId }: Lavalink4Session,
    guildId: string,
    fields: PlayerChanges,
    update: PlayerUpdate,
    signal: AbortSignal,
  ): Promise<Player> {
    // The session may end, and the player be destroyed, during each wait.
    const find = (): Player | undefined => sessions.require(id).players.find(userId, guildId);
    const obtain = (): Player => sessions.require(id).players.findOrCreate(userId, guildId);
    const keepsTrack = fields.noReplace && find()?.hasTrack === true;
    let track: Track | null | undefined;
    if (update.track !== undefined) {
      track = keepsTrack ? null : await resolveTrack(update.track, loader, signal);
    }
    if (update.voice) await joinVoice(obtain(), update.voice);
    const player = obtain();
    const { paused, volume, positionMs, endMs, userData, filters } = update;
    player.perform({
      op: "update-player",
      fields: {
        ...fields,
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
}

/** @throws HttpError 400 */
export function readGuildId(text: string): string {
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
