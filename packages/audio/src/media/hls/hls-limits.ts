/** Limits on the cost of hostile or broken HLS streams. */
export interface HlsLimits {
  /** Bytes of a playlist. Default 8 MiB. */
  readonly playlistBytes: number;
  /** Segments of a playlist. Default 50,000: a day in segments of two seconds. */
  readonly segments: number;
  /** Bytes of a segment. Up to three are in memory. Default 16 MiB. */
  readonly segmentBytes: number;
  /** Bytes of an initialisation section. Default 1 MiB. */
  readonly mapBytes: number;
  /** Timeout in ms of a playlist or key, with all retries. Default 20,000. */
  readonly playlistMs: number;
  /** Timeout in ms of a segment, with all retries. Default 60,000. */
  readonly segmentMs: number;
  /** Consecutive segments that may fail or be damaged, and consecutive reloads that may fail. Default 5. */
  readonly failures: number;
  /** Duration in s of consecutive segments that may fail. Default 60. */
  readonly lostSeconds: number;
  /** Consecutive segments that may contain no audio. Default 20. */
  readonly silentSegments: number;
  /** Time in ms without a new segment after which a live stream has ended. Default 60,000. */
  readonly staleMs: number;
}

/** Defaults of {@link HlsLimits}. */
export const hlsLimits: HlsLimits = Object.freeze({
  playlistBytes: 8 * 1024 * 1024,
  segments: 50_000,
  segmentBytes: 16 * 1024 * 1024,
  mapBytes: 1024 * 1024,
  playlistMs: 20_000,
  segmentMs: 60_000,
  failures: 5,
  lostSeconds: 60,
  silentSegments: 20,
  staleMs: 60_000,
});
