import type { Decoder } from "./decoder.ts";

/**
 * Wraps a decoder of this package, which throws a RangeError for a damaged packet and remains usable.
 *
 * @param channels - Channels of the stream; a packet with another number counts as damaged.
 */
export function packetDecoder(
  channels: number,
  decode: (packet: Uint8Array) => readonly Float32Array[],
): Decoder {
  return {
    decode: (packet) => {
      try {
        const decoded = decode(packet);
        return decoded.length === channels ? decoded : undefined;
      } catch (error) {
        if (error instanceof RangeError) return undefined;
        throw error;
      }
    },
    close: () => {},
  };
}
