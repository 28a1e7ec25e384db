import type { MediaFacts } from "@asterite/audio/media";

/** Returns the facts of a file of one second without tags; `given` replaces some. */
export const makeFacts = (given: Partial<MediaFacts> = {}): MediaFacts => ({
  container: "wav",
  codec: "pcm",
  sampleRate: 48_000,
  channels: 2,
  durationMs: 1_000,
  isDurationEstimated: false,
  seekable: true,
  title: null,
  author: null,
  album: null,
  lyrics: null,
  isrc: null,
  cueSheet: null,
  discNumber: null,
  trackNumber: null,
  replayGainDb: null,
  hasPicture: false,
  ...given,
});
