import { seededRandom } from "@asterite/testkit";
import { randomStream } from "./random-stream.test-support.ts";
import { VorbisPacketDecoder } from "./vorbis-packet-decoder.ts";

/** Returns a header with one to three flipped bits, most of them behind the codebooks; sometimes truncated. */
function damage(header: Uint8Array, next: () => number): Uint8Array {
  const bytes = Uint8Array.from(header);
  for (let flips = 1 + Math.floor(3 * next()); flips > 0; flips--) {
    const at = Math.floor(bytes.length * (next() < 0.7 ? 1 - 0.15 * next() : next()));
    bytes[at] = (bytes[at] ?? 0) ^ (1 << Math.floor(8 * next()));
  }
  return next() < 0.1 ? bytes.subarray(0, Math.floor(next() * bytes.length)) : bytes;
}

/**
 * Opens decoders with damaged setup headers, and decodes packets with those that open.
 *
 * @returns How many were opened and refused.
 * @throws An Error if a header is refused with another error than a RangeError, or a sample is not finite.
 */
export function openDamaged(from: number, to: number): { readonly opened: number; readonly refused: number } {
  const streams = [0, 1, 2, 3].map((index) => randomStream(1 + index, index < 2 ? 0 : 1, 1 + index));
  let [opened, refused] = [0, 0];
  for (let seed = from; seed < to; seed++) {
    const stream = streams[seed % streams.length];
    if (!stream) continue;
    const setup = damage(stream.setup, seededRandom(seed));
    let decoder: VorbisPacketDecoder;
    try {
      decoder = new VorbisPacketDecoder(stream.identification, setup);
      opened++;
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      refused++;
      continue;
    }
    for (const packet of stream.packets.slice(0, 4)) decodeFinite(decoder, packet, seed);
  }
  return { opened, refused };
}

function decodeFinite(decoder: VorbisPacketDecoder, packet: Uint8Array, seed: number): void {
  let channels: readonly Float32Array[] = [];
  try {
    channels = decoder.decode(packet);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
  }
  for (const samples of channels)
    if (!samples.every(Number.isFinite)) throw new Error(`seed ${seed}: a sample is not finite`);
}
