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
