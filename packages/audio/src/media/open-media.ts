import type { ByteSource } from "./byte-source.ts";
import { type MediaOptions, mediaLimits } from "./media-limits.ts";
import type { MediaFacts, MediaStream } from "./media-stream.ts";
import { openReader } from "./open-reader.ts";
import type { PacketReader } from "./packet-reader.ts";
import { PacketStream } from "./packet-stream.ts";

/**
 * Opens a track. On failure it closes the bytes; otherwise {@link MediaStream.close} does.
 *
 * @throws TrackError if the bytes are not supported audio.
 */
export async function openMedia(bytes: ByteSource, options: MediaOptions = {}): Promise<MediaStream> {
  const limits = { ...mediaLimits, ...options.limits };
  const open = async (source: ByteSource): Promise<PacketReader> => {
    const reader = await openReader(source, limits, true);
    source.readAhead?.(bytesPerSecond(source, reader.facts));
    return reader;
  };
  const { reopen } = bytes.type === "live" ? bytes : {};
  return new PacketStream(await open(bytes), limits, reopen && (async () => open(await reopen())));
}

/** Returns the bytes of one second of audio, tags and video included; null if unknown. */
function bytesPerSecond(source: ByteSource, { durationMs }: MediaFacts): number | null {
  const bytes = source.type === "random" ? source.size : source.length;
  return bytes !== null && durationMs ? (1_000 * bytes) / durationMs : null;
}
