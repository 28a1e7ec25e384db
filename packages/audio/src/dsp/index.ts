/**
 * Signal processing between decoder and encoder: resampling, filters, volume, mixing and loudness. Every part
 * processes stereo at 48 kHz in blocks of any length, and allocates nothing once its buffers have grown.
 */

export { Crossfade } from "./crossfade.ts";
export { FilterChain } from "./filter-chain.ts";
export { anyEnabled, FilterConfiguration, type FilterReport } from "./filter-configuration.ts";
export type { FilterValues } from "./filter-values.ts";
export { blockLength, sampleRate } from "./format.ts";
export { Limiter, type LimiterOptions } from "./loudness/limiter.ts";
export { LoudnessMeter } from "./loudness/loudness-meter.ts";
export { Normaliser } from "./loudness/normaliser.ts";
export { addToMix } from "./mixing.ts";
export { fromInt16, toInt16 } from "./pcm.ts";
export { PlayerVolume } from "./player-volume.ts";
export { Resampler } from "./resampling/resampler.ts";
