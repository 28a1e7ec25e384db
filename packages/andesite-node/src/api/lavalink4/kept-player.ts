import { encodeTrack, type Track } from "@asterite/lavaplayer-track";
import type { Loader } from "../../loading/loader.ts";
import type { MixLayer } from "../../players/mix-layers.ts";
import type { Player } from "../../players/player.ts";
import type { PlayerMap } from "../../players/player-map.ts";
import { readInteger, readLayerVolume, readObject, readString, readUserData } from "./read-fields.ts";
import { readNodelinkUpdate } from "./read-nodelink-update.ts";
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
  const { track, positionMs, endMs, userData, paused, volume, filters, next, crossfadeMs, normalize } =
    player.lavalink.toChanges();
  const layers = player.layers.all;
  const voice = player.audio.presentVoiceServer;
  return {
    guildId: player.guildId,
    track: { encoded: track ? encodingOf(track) : null, userData },
    position: positionMs,
    endTime: endMs,
    paused,
    volume,
    filters,
    nextTrack: next ? { encoded: encodingOf(next.track), userData: next.userData } : null,
    fading: { trackStart: { duration: crossfadeMs } },
    loudnessNormalizer: normalize,
    ...(layers.length > 0 && { layers: layers.map(keepLayer) }),
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

const keepLayer = ({ id, playing, volume, positionMs, startedAtMs }: MixLayer): object => ({
  id,
  encoded: encodeTrack(playing.track, { version: 3 }),
  userData: playing.userData,
  volume,
  position: positionMs,
  startTime: startedAtMs,
});

/** @throws OperationError, HttpError */
function readLayer(kept: unknown, loader: Pick<Loader, "canPlay">): MixLayer {
  const { id, encoded, userData, volume, position, startTime } = readObject(kept, "layers");
  const track = decodeLavalinkTrack(readString(encoded, "layers.encoded"), "layers.encoded", loader);
  return {
    id: readString(id, "layers.id"),
    playing: { track, userData: readUserData(userData, "layers.userData") },
    volume: readLayerVolume(volume, "layers.volume"),
    positionMs: readInteger(position, "layers.position"),
    startedAtMs: readInteger(startTime, "layers.startTime"),
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
  const additions = readNodelinkUpdate(body, loader);
  const layers = Array.isArray(body["layers"]) ? body["layers"].map((each) => readLayer(each, loader)) : [];
  const player = players.findOrCreate(userId, guildId);
  player.lavalink.restore({
    ...additions,
    noReplace: false,
    track,
    ...(positionMs !== undefined && { positionMs }),
    ...(endMs !== undefined && { endMs }),
    ...(userData !== undefined && { userData }),
    ...(paused !== undefined && { paused }),
    ...(volume !== undefined && { volume }),
    ...(filters !== undefined && { filters }),
  });
  for (const layer of layers) player.restoreLayer(layer);
  if (voice) player.audio.join({ userId, guildId, ...voice });
}
