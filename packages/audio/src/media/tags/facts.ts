import type { MediaFacts } from "../media-stream.ts";
import type { Tags } from "./tags.ts";

/** Builds the metadata of a track from the values of its container. */
export function factsFrom(known: {
  readonly container: string;
  readonly codec: string;
  readonly sampleRate: number;
  readonly channels: number;
  /** Samples; null if unknown. */
  readonly length: number | null;
  /** Whether the length is an estimate. Default `false`. */
  readonly isEstimated?: boolean;
  readonly seekable: boolean;
  readonly tags: Tags;
}): MediaFacts {
  const { length, sampleRate, tags, container, codec, channels, seekable, isEstimated = false } = known;
  const durationMs = length === null ? null : Math.round((length * 1_000) / sampleRate);
  const isDurationEstimated = isEstimated && durationMs !== null;
  return { container, codec, sampleRate, channels, durationMs, isDurationEstimated, seekable, ...tags };
}
