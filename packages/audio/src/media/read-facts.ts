import type { ByteSource } from "./byte-source.ts";
import { type MediaOptions, mediaLimits } from "./media-limits.ts";
import type { MediaFacts } from "./media-stream.ts";
import { openReader } from "./open-reader.ts";

/**
 * Reads what a file says about itself, and closes the bytes. Nothing is decoded, so that whoever only asks does not
 * load the decoders.
 *
 * @throws TrackError where it is no audio that can be read.
 */
export async function readFacts(bytes: ByteSource, options: MediaOptions = {}): Promise<MediaFacts> {
  const reader = await openReader(bytes, { ...mediaLimits, ...options.limits });
  reader.close();
  return reader.facts;
}
