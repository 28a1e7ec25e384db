import { encodeTrack, type Track } from "@asterite/lavaplayer-track";
import type { Loader } from "../../loading/loader.ts";
import type { Player } from "../../players/player.ts";
import type { PlayerMap } from "../../players/player-map.ts";
import { readObject, readString } from "./read-fields.ts";
import { readPlayerUpdate } from "./read-player-update.ts";
import { decodeLavalinkTrack } from "./track-routes.ts";

/** Encoded tracks; a player has its track for minutes, and is kept every second. */
const encodings = new WeakMap<Track, string>();

function encodingOf(track: Track): string {
  const known = encodings.get(track);
  if (known !== undefined) return known;
  const encoded = encodeTrack(track, { version: 3 });
  encodings.set(track, encoded);
  return encoded;
}

/** Returns the body of a player update that gives another player the same state, and the guild. */
export function keepPlayer(player: Player): object {
  const { track, positionMs, endMs, userData, paused, volume, filters } = player.lavalink.toChanges();
  const voice = player.audio.presentVoiceServer;
  return {
    guildId: player.guildId,
    track: { encoded: track ? encodingOf(track) : null, userData },
    position: positionMs,
    endTime: endMs,
    paused,
    volume,
    filters,
    ...(voice && {
      voice: {
        token: voice.token,
        endpoint: voice.endpoint,
        sessionId: voice.sessionId,
        ...(voice.channelId !== null && { channelId: voice.channelId }),
      },
    }),
  };
}

/**
 * Creates a player with a kept state, and joins its call.
 *
 * @throws OperationError, HttpError, FilterError, TooManyPlayersError: the state cannot be used by this node.
 */
export function restorePlayer(
  players: PlayerMap,
  userId: string,
  kept: unknown,
  loader: Pick<Loader, "canPlay">,
): void {
  const body = readObject(kept, "player");
  const guildId = readString(body["guildId"], "guildId");
  const {
    track: requested,
    voice,
    positionMs,
    endMs,
    userData,
    paused,
    volume,
    filters,
  } = readPlayerUpdate(body);
  const track =
    requested?.type === "encoded" ? decodeLavalinkTrack(requested.encoded, "track", loader) : null;
  const player = players.findOrCreate(userId, guildId);
  player.lavalink.restore({
    noReplace: false,
    track,
    ...(positionMs !== undefined && { positionMs }),
    ...(endMs !== undefined && { endMs }),
    ...(userData !== undefined && { userData }),
    ...(paused !== undefined && { paused }),
    ...(volume !== undefined && { volume }),
    ...(filters !== undefined && { filters }),
  });
  if (voice) player.audio.join({ userId, guildId, ...voice });
}
