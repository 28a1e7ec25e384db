import type * as v from "valibot";
import { simpleError, wireError } from "./errors.ts";
import { mixerPlayer, player, type WireMixerPlayer, type WirePlayer } from "./player.ts";
import { lavalinkStats, stats, type WireStats } from "./stats.ts";
import {
  decodedTracks,
  loadResult,
  trackInfo,
  type WireDecodedTracks,
  type WireLoadResult,
  type WireTrackInfo,
} from "./tracks.ts";
import { type Checked, check } from "./validate.ts";

/**
 * The schemas behind the answers of a node, for those who describe them. They are those of a reader, so they
 * take keys that are missing, which nodes do not leave out.
 */
export const responseSchemas: { readonly [Name in ResponseName]: v.GenericSchema } = Object.freeze({
  Player: player,
  MixerPlayer: mixerPlayer,
  Stats: stats,
  LavalinkStats: lavalinkStats,
  LoadResult: loadResult,
  TrackInfo: trackInfo,
  DecodedTracks: decodedTracks,
  Error: wireError,
  SimpleError: simpleError,
});

/** Name of a schema in {@link responseSchemas}. */
export type ResponseName =
  | "Player"
  | "MixerPlayer"
  | "Stats"
  | "LavalinkStats"
  | "LoadResult"
  | "TrackInfo"
  | "DecodedTracks"
  | "Error"
  | "SimpleError";

/** Reads a player, as the player routes answer it. */
export const readPlayer = (body: unknown): Checked<WirePlayer> => check(player, body);
/** Reads one player of a mixer. */
export const readMixerPlayer = (body: unknown): Checked<WireMixerPlayer> => check(mixerPlayer, body);
/** Reads statistics. */
export const readStats = (body: unknown): Checked<WireStats> => check(stats, body);
/** Reads the answer to `loadtracks`. */
export const readLoadResult = (body: unknown): Checked<WireLoadResult> => check(loadResult, body);
/** Reads the answer to `decodetrack`. */
export const readTrackInfo = (body: unknown): Checked<WireTrackInfo> => check(trackInfo, body);
/** Reads the answer to `decodetracks`. */
export const readDecodedTracks = (body: unknown): Checked<WireDecodedTracks> => check(decodedTracks, body);
