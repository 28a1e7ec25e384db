import type { MediaFacts } from "../media-stream.ts";
import type { Tags } from "./tags.ts";

/** Puts together what a container told. */
export function factsFrom(known: {
  readonly container: string;
  readonly codec: string;
  readonly sampleRate: number;
  readonly channels: number;
  /** Samples; null where it is unknown. */
  readonly length: number | null;
  readonly seekable: boolean;
  readonly tags: Tags;
}): MediaFacts {
  const { length, sampleRate, tags, container, codec, channels, seekable } = known;
  const durationMs = length === null ? null : Math.round((length * 1_000) / sampleRate);
  return { container, codec, sampleRate, channels, durationMs, seekable, ...tags };
}
