import { BitReader, DamagedPacketError } from "../../bit-reader.ts";
import { crc16, readFlacFrameHeader } from "../../flac/frame-header.ts";
import { leadSamples } from "./prediction.ts";
import { type ChannelSamples, SubframeDecoder } from "./subframe.ts";

/** Channel codes of stereo frames that hold the difference of the channels (RFC 9639, section 9.1.3). */
const assignments = { leftSide: 8, sideRight: 9, midSide: 10 } as const;
/** Most bits for which mid and side can be combined in 32-bit arithmetic. */
const maxIntStereoBits = 31;

/** Decodes FLAC frames (RFC 9639) of 4 to 32 bits and 1 to 8 channels, exactly. */
export class FlacFrameDecoder {
  readonly #reader = new BitReader();
  readonly #subframes = new SubframeDecoder(this.#reader);
  readonly #streamBits: number;

  /** @param streamBits - Bits of a sample, for frames that do not state them. */
  constructor(streamBits: number) {
    this.#streamBits = streamBits;
  }

  /**
   * Decodes a whole frame to full scale ±1. Bytes after the frame are ignored.
   *
   * @returns One array per channel, owned by the caller.
   * @throws RangeError if the frame is damaged.
   */
  decode(frame: Uint8Array): Float32Array[] {
    const header = readFlacFrameHeader(frame, 0);
    if (!header) throw new DamagedPacketError("the packet has no frame header");
    const { samples, channels, assignment } = header;
    const bits = header.sampleBits === 0 ? this.#streamBits : header.sampleBits;
    const reader = this.#reader;
    reader.load(frame);
    reader.position = 8 * header.bytes;
    const side = assignment === assignments.sideRight ? 0 : assignment >= assignments.leftSide ? 1 : -1;
    const decoded: ChannelSamples[] = [];
    for (let channel = 0; channel < channels; channel++)
      decoded.push(this.#subframes.decode(channel, samples, channel === side ? bits + 1 : bits));
    const bytes = ((reader.position + 7) >>> 3) + 2;
    if (bytes > frame.length || crc16(frame, 0, bytes) !== 0)
      throw new DamagedPacketError("the checksum of the frame does not match");
    const [first, second] = decoded;
    const scale = 2 ** (1 - bits);
    if (side < 0 || !first || !second) return decoded.map((channel) => toFloats(channel, samples, scale));
    return first instanceof Int32Array && second instanceof Int32Array && bits <= maxIntStereoBits
      ? combine(first, second, assignment, samples, scale)
      : combineWide(first, second, assignment, samples);
  }
}

function toFloats(channel: ChannelSamples, samples: number, scale: number): Float32Array {
  const floats = new Float32Array(samples);
  for (let at = 0; at < samples; at++) floats[at] = (channel[leadSamples + at] ?? 0) * scale;
  return floats;
}

/** Restores left and right from two channels, one of which is their difference. */
function combine(
  first: Int32Array,
  second: Int32Array,
  assignment: number,
  samples: number,
  scale: number,
): Float32Array[] {
  const left = new Float32Array(samples);
  const right = new Float32Array(samples);
  if (assignment === assignments.leftSide)
    for (let at = 0; at < samples; at++) {
      const one = first[leadSamples + at] ?? 0;
      left[at] = one * scale;
      right[at] = ((one - (second[leadSamples + at] ?? 0)) | 0) * scale;
    }
  else if (assignment === assignments.sideRight)
    for (let at = 0; at < samples; at++) {
      const two = second[leadSamples + at] ?? 0;
      left[at] = (((first[leadSamples + at] ?? 0) + two) | 0) * scale;
      right[at] = two * scale;
    }
  else
    for (let at = 0; at < samples; at++) {
      const side = second[leadSamples + at] ?? 0;
      // The lowest bit of the sum of the channels equals that of their difference.
      const sum = ((first[leadSamples + at] ?? 0) << 1) | (side & 1);
      left[at] = ((sum + side) >> 1) * scale;
      right[at] = ((sum - side) >> 1) * scale;
    }
  return [left, right];
}

/**
 * Restores left and right where a difference may have 33 bits. Results are cut to 32 bits, which changes those of
 * damaged frames only.
 */
function combineWide(
  first: ChannelSamples,
  second: ChannelSamples,
  assignment: number,
  samples: number,
): Float32Array[] {
  const left = new Float32Array(samples);
  const right = new Float32Array(samples);
  for (let at = 0; at < samples; at++) {
    let one = first[leadSamples + at] ?? 0;
    let two = second[leadSamples + at] ?? 0;
    if (assignment === assignments.leftSide) two = one - two;
    else if (assignment === assignments.sideRight) one += two;
    else {
      const sum = 2 * one + Math.abs(two % 2);
      one = (sum + two) / 2;
      two = (sum - two) / 2;
    }
    left[at] = (one | 0) / 2 ** 31;
    right[at] = (two | 0) / 2 ** 31;
  }
  return [left, right];
}
