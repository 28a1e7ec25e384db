import type { Decoder } from "./decoder.ts";
import { packetDecoder } from "./packet-decoder.ts";
import { VorbisPacketDecoder } from "./vorbis/vorbis-packet-decoder.ts";

/**
 * Creates a decoder of Vorbis packets. The first packet yields no samples.
 *
 * @param headers - The identification and setup headers.
 * @throws RangeError for headers that cannot be used.
 */
export function createVorbisDecoder(headers: readonly [Uint8Array, Uint8Array], channels: number): Decoder {
  const decoder = new VorbisPacketDecoder(...headers);
  return packetDecoder(channels, (packet) => decoder.decode(packet));
}
