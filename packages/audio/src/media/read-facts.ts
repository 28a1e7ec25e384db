import type { ByteSource } from "./byte-source.ts";
import { type MediaOptions, mediaLimits } from "./media-limits.ts";
import type { MediaFacts } from "./media-stream.ts";
import { openReader } from "./open-reader.ts";

/**
 * Reads the metadata of a file, and closes the bytes. It decodes no audio and does not load the decoders.
 *
 * @throws TrackError if the bytes are not supported audio.
 */
export async function readFacts(bytes: ByteSource, options: MediaOptions = {}): Promise<MediaFacts> {
  const reader = await openReader(bytes, { ...mediaLimits, ...options.limits });
  reader.close();
  return reader.facts;
}
