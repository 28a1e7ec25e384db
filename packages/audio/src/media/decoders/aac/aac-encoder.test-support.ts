// Writes AAC packets from quantised lines, for what encoders seldom or never write.

import type { BitWriter } from "../bit-writer.test-support.ts";
import type { Bands } from "./bands.ts";
import { type CodebookData, scaleFactorData, spectrumData } from "./codebook-data.ts";

/** Code word and its length by index of a codebook. */
export function codeWords({
  counts,
  order,
}: CodebookData): readonly (readonly [code: number, bits: number])[] {
  const words: (readonly [number, number])[] = [];
  let [code, at] = [0, 0];
  for (const [index, count] of counts.entries()) {
    code *= 2;
    for (let word = 0; word < count; word++) words[order[at++] ?? 0] = [code++, index + 1];
  }
  return words;
}

const scaleWords = codeWords(scaleFactorData);
const spectrumWords = spectrumData.map(codeWords);

/** Largest magnitude of the codebooks 1 to 11, and whether signs follow. */
const codebookLimits: readonly (readonly [most: number, isUnsigned: boolean])[] = [
  [1, false],
  [1, false],
  [2, true],
  [2, true],
  [4, false],
  [4, false],
  [7, true],
  [7, true],
  [12, true],
  [12, true],
  [16, true],
];

/** One channel of a frame. */
export interface EncodedChannel {
  readonly sequence: number;
  readonly shape: number;
  readonly maxBand: number;
  /** Windows of each group; a long window is one group of one. */
  readonly groups: readonly number[];
  /** Codebook and scale of each band of each group. */
  readonly codebooks: readonly (readonly number[])[];
  readonly scales: readonly (readonly number[])[];
  /** Quantised lines, 128 of each short window. */
  readonly lines: readonly number[];
  /** First band, and distance and height of each pulse. */
  readonly pulses?: readonly [band: number, pulses: readonly (readonly [number, number])[]];
  /** Writes the filters of noise shaping. */
  readonly shaping?: (bits: BitWriter) => void;
}

/** Writes a code word of a codebook for the values at an index, with their signs and escapes. */
function writeLines(bits: BitWriter, codebook: number, values: readonly number[]): void {
  const [most, isUnsigned] = codebookLimits[codebook - 1] ?? [0, false];
  const radix = isUnsigned ? most + 1 : 2 * most + 1;
  const digits = values.map((value) => (isUnsigned ? Math.min(Math.abs(value), most) : value + most));
  const index = digits.reduce((sum, digit) => sum * radix + digit, 0);
  bits.write(...(spectrumWords[codebook - 1]?.[index] ?? [0, 0]));
  if (!isUnsigned) return;
  for (const value of values) if (value !== 0) bits.write(value < 0 ? 1 : 0, 1);
  if (codebook !== 11) return;
  for (const value of values) {
    if (Math.abs(value) < 16) continue;
    const length = Math.floor(Math.log2(Math.abs(value)));
    bits.write(2 ** (length - 4) - 1, length - 4).write(0, 1);
    bits.write(Math.abs(value) - 2 ** length, length);
  }
}

/** Writes the windows of a frame. */
export function writeWindows(bits: BitWriter, { sequence, shape, maxBand, groups }: EncodedChannel): void {
  bits.write(0, 1).write(sequence, 2).write(shape, 1);
  if (sequence !== 2) {
    bits.write(maxBand, 6).write(0, 1);
    return;
  }
  bits.write(maxBand, 4);
  for (const [index, length] of groups.entries())
    for (let window = index === 0 ? 1 : 0; window < length; window++) bits.write(window === 0 ? 0 : 1, 1);
}

/** Writes a channel. The global gain is 100. */
export function writeChannel(bits: BitWriter, channel: EncodedChannel, bands: Bands, isCommon = false): void {
  const { codebooks, scales, groups, maxBand, lines } = channel;
  const isShort = channel.sequence === 2;
  const offsets = isShort ? bands.short : bands.long;
  bits.write(100, 8);
  if (!isCommon) writeWindows(bits, channel);
  const lengthBits = isShort ? 3 : 5;
  for (const group of codebooks)
    for (let band = 0; band < maxBand; ) {
      let length = 1;
      while (band + length < maxBand && group[band + length] === group[band]) length++;
      bits.write(group[band] ?? 0, 4);
      const most = 2 ** lengthBits - 1;
      for (let left = length; ; left -= most) {
        bits.write(Math.min(left, most), lengthBits);
        if (left < most) break;
      }
      band += length;
    }
  let [scale, noise, position, isFirstNoise] = [100, 10, 0, true];
  const writeDifference = (difference: number) => bits.write(...(scaleWords[difference + 60] ?? [0, 0]));
  for (const [group, books] of codebooks.entries())
    for (const [band, codebook] of books.entries()) {
      const value = scales[group]?.[band] ?? 0;
      if (codebook === 0) continue;
      if (codebook >= 14) {
        writeDifference(value - position);
        position = value;
      } else if (codebook === 13) {
        if (isFirstNoise) bits.write(value - noise + 256, 9);
        else writeDifference(value - noise);
        isFirstNoise = false;
        noise = value;
      } else {
        writeDifference(value - scale);
        scale = value;
      }
    }
  bits.write(channel.pulses ? 1 : 0, 1);
  if (channel.pulses) {
    const [band, pulses] = channel.pulses;
    bits.write(pulses.length - 1, 2).write(band, 6);
    for (const [distance, height] of pulses) bits.write(distance, 5).write(height, 4);
  }
  bits.write(channel.shaping ? 1 : 0, 1);
  channel.shaping?.(bits);
  bits.write(0, 1);
  let window = 0;
  for (const [group, length] of groups.entries()) {
    for (const [band, codebook] of (codebooks[group] ?? []).entries()) {
      if (codebook === 0 || codebook > 11) continue;
      const dimension = codebook < 5 ? 4 : 2;
      for (let each = window; each < window + length; each++)
        for (let at = offsets[band] ?? 0; at < (offsets[band + 1] ?? 0); at += dimension)
          writeLines(bits, codebook, lines.slice(128 * each + at, 128 * each + at + dimension));
    }
    window += length;
  }
}

/** Returns a channel with random lines in bands of random codebooks, and all scales near 100. */
export function randomChannel(next: () => number, bands: Bands, isShort: boolean): EncodedChannel {
  const offsets = isShort ? bands.short : bands.long;
  const maxBand = offsets.length - 1;
  const groups: number[] = isShort ? [] : [1];
  for (let left = isShort ? 8 : 0; left > 0; left -= groups.at(-1) ?? 0)
    groups.push(1 + Math.floor(next() * left));
  const lines = new Array<number>(1_024).fill(0);
  const codebooks = groups.map(() => Array.from({ length: maxBand }, () => Math.floor(next() * 12)));
  const scales = groups.map(() => Array.from({ length: maxBand }, () => 80 + Math.floor(next() * 40)));
  let window = 0;
  for (const [group, length] of groups.entries()) {
    for (const [band, codebook] of (codebooks[group] ?? []).entries()) {
      const [limit] = codebookLimits[codebook - 1] ?? [0];
      for (let each = window; each < window + length; each++)
        for (let at = offsets[band] ?? 0; at < (offsets[band + 1] ?? 0); at++) {
          const most = codebook === 11 && next() < 0.1 ? 8_191 : limit;
          lines[128 * each + at] = Math.round((2 * next() - 1) * most);
        }
    }
    window += length;
  }
  return { sequence: isShort ? 2 : 0, shape: 0, maxBand, groups, codebooks, scales, lines };
}

/** Returns a channel without lines. */
export const silentChannel = (change: Partial<EncodedChannel> = {}): EncodedChannel => ({
  sequence: 0,
  shape: 0,
  maxBand: 0,
  groups: [1],
  codebooks: [[]],
  scales: [[]],
  lines: [],
  ...change,
});
