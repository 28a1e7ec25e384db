import type { ByteSource } from "./byte-source.ts";
import { type MediaOptions, mediaLimits } from "./media-limits.ts";
import type { MediaStream } from "./media-stream.ts";
import { openReader } from "./open-reader.ts";
import { PacketStream } from "./packet-stream.ts";

/**
 * Opens a track. On failure it closes the bytes; otherwise {@link MediaStream.close} does.
 *
 * @throws TrackError if the bytes are not supported audio.
 */
export async function openMedia(bytes: ByteSource, options: MediaOptions = {}): Promise<MediaStream> {
  const limits = { ...mediaLimits, ...options.limits };
  const open = (source: ByteSource) => openReader(source, limits, true);
  const { reopen } = bytes.type === "live" ? bytes : {};
  return new PacketStream(await open(bytes), limits, reopen && (async () => open(await reopen())));
}
