import type { Decoder } from "./decoder.ts";
import { FlacFrameDecoder } from "./flac/flac-frame-decoder.ts";
import { packetDecoder } from "./packet-decoder.ts";

/**
 * Creates a decoder of whole FLAC frames.
 *
 * @param bits - Bits of a sample in frames that do not state them.
 */
export function createFlacDecoder(bits: number, channels: number): Decoder {
  const decoder = new FlacFrameDecoder(bits);
  return packetDecoder(channels, (packet) => decoder.decode(packet));
}
