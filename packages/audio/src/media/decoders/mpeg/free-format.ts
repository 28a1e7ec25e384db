import { BitReader } from "../../bit-reader.ts";
import { mpegSyntax } from "../../mpeg/frame-header.ts";

/** Farthest start of a frame's main data before the frame, in bytes. */
const maxReservoirBytes = 511;
const headerBytes = 4;
/** Indexes of the highest bit rate, and of that of Layer II with one channel. */
const bitrateIndex = { highest: 14, mono2: 10 } as const;

/** Returns whether a frame has the free format. */
export const isFreeFormat = (frame: Uint8Array): boolean => (frame[2] ?? 0xff) >> 4 === 0;

/**
 * Rewrites frames of the free format, which mpg123 does not decode, to frames of the highest standard bit rate: each contains
 * its own main data, which frames of Layer III may have in those before them, and padding.
 */
export class FreeFormatConverter {
  readonly #bits = new BitReader();
  /** End of the main data of the frames before. */
  #reservoir: Uint8Array = new Uint8Array(0);

  /** Returns undefined if the frame is damaged, lacks data of frames before, or does not fit. */
  convert(frame: Uint8Array): Uint8Array | undefined {
    const [sync = 0, second = 0, third = 0, fourth = 0] = frame;
    const isMono = fourth >> 6 === 3;
    const isVersion1 = (second & 8) !== 0;
    const layer = 4 - ((second >> 1) & 3);
    const index = layer === 2 && isVersion1 && isMono ? bitrateIndex.mono2 : bitrateIndex.highest;
    // Without checksum, whose bytes are left out, and padding.
    const head = Uint8Array.of(sync, second | 1, (index << 4) | (third & 0x0d), fourth);
    const length = mpegSyntax.read(head, 0)?.bytes;
    const body = frame.subarray(headerBytes + (second & 1 ? 0 : 2));
    const content = layer === 3 ? this.#withMainData(body, isVersion1, isMono) : body;
    if (!length || !content || content.length > length - headerBytes) return undefined;
    const converted = new Uint8Array(length);
    converted.set(head);
    converted.set(content, headerBytes);
    return converted;
  }

  /** Returns side information and the main data that it refers to (ISO/IEC 11172-3, 2.4.1.7, and 13818-3, 2.4.1.7). */
  #withMainData(body: Uint8Array, isVersion1: boolean, isMono: boolean): Uint8Array | undefined {
    const channels = isMono ? 1 : 2;
    const sideBytes = isVersion1 ? (isMono ? 17 : 32) : isMono ? 9 : 17;
    const beginBits = isVersion1 ? 9 : 8;
    if (body.length < sideBytes) return undefined;
    const side = new Uint8Array(body.subarray(0, sideBytes));
    this.#bits.load(side);
    const begin = this.#bits.read(beginBits);
    // Private bits and the shared scale factors.
    this.#bits.position += isVersion1 ? (isMono ? 5 : 3) + 4 * channels : channels;
    let bits = 0;
    for (let part = 0; part < channels * (isVersion1 ? 2 : 1); part++) {
      bits += this.#bits.read(12);
      this.#bits.position += (isVersion1 ? 59 : 63) - 12;
    }
    const before = this.#reservoir;
    const data = Buffer.concat([before, body.subarray(sideBytes)]);
    this.#reservoir = data.subarray(-maxReservoirBytes);
    const from = before.length - begin;
    const to = from + Math.ceil(bits / 8);
    if (from < 0 || to > data.length) return undefined;
    // The main data now begins behind the side information.
    side[0] = 0;
    if (beginBits === 9) side[1] = (side[1] ?? 0) & 0x7f;
    return Buffer.concat([side, data.subarray(from, to)]);
  }
}
