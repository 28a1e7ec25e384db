import { mixerPlayer, player, type WireMixerPlayer, type WirePlayer } from "./player.ts";
import { stats, type WireStats } from "./stats.ts";
import {
  decodedTracks,
  loadResult,
  trackInfo,
  type WireDecodedTracks,
  type WireLoadResult,
  type WireTrackInfo,
} from "./tracks.ts";
import { type Checked, check } from "./validate.ts";

/** Reads the response of the player routes. */
export const readPlayer = (body: unknown): Checked<WirePlayer> => check(player, body);
/** Reads a mixer player. */
export const readMixerPlayer = (body: unknown): Checked<WireMixerPlayer> => check(mixerPlayer, body);
/** Reads statistics. */
export const readStats = (body: unknown): Checked<WireStats> => check(stats, body);
/** Reads the response of `loadtracks`. */
export const readLoadResult = (body: unknown): Checked<WireLoadResult> => check(loadResult, body);
/** Reads the response of `decodetrack`. */
export const readTrackInfo = (body: unknown): Checked<WireTrackInfo> => check(trackInfo, body);
/** Reads the response of `decodetracks`. */
export const readDecodedTracks = (body: unknown): Checked<WireDecodedTracks> => check(decodedTracks, body);
