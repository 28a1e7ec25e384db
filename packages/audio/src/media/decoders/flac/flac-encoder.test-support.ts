// Encodes FLAC frames with random choices among all that RFC 9639 allows, predictors in exact arithmetic.

import { crc16 } from "../../flac/frame-header.ts";
import { BitWriter } from "../bit-writer.test-support.ts";

/** Returns a number from 0 up to 1, seeded. */
export type Random = () => number;

const fixedWeights = [[], [1], [2, -1], [3, -3, 1], [4, -6, 4, -1]];
const integer = (next: Random, from: number, to: number): number =>
  from + Math.floor(next() * (to - from + 1));

/** Returns the residual of a predictor, or undefined if it exceeds 32 bits. */
function residualOf(
  samples: readonly number[],
  weights: readonly number[],
  shift: number,
): number[] | undefined {
  const residual = samples.slice(weights.length).map((sample, index) => {
    let sum = 0n;
    for (const [back, weight] of weights.entries())
      sum += BigInt(weight) * BigInt(samples[index + weights.length - 1 - back] ?? 0);
    return Number(BigInt(sample) - (sum >> BigInt(shift)));
  });
  return residual.every((value) => Math.abs(value) < 2 ** 31) ? residual : undefined;
}

const bitsOf = (value: number): number => Math.ceil(Math.log2(value < 0 ? -value : value + 1)) + 1;

function writeResidual(
  bits: BitWriter,
  residual: readonly number[],
  samples: number,
  order: number,
  next: Random,
): void {
  // The parameters of the first method are too small for large residuals.
  const method = residual.some((value) => Math.abs(value) > 2 ** 16) ? 1 : integer(next, 0, 1);
  let partitionOrder = integer(next, 0, 8);
  while (samples % 2 ** partitionOrder !== 0 || samples / 2 ** partitionOrder < order) partitionOrder--;
  bits.write(method, 2).write(partitionOrder, 4);
  const length = samples / 2 ** partitionOrder;
  for (let partition = 0; partition < 2 ** partitionOrder; partition++) {
    const part = residual.slice(Math.max(0, partition * length - order), (partition + 1) * length - order);
    const folded = part.map((value) => (value < 0 ? -2 * value - 1 : 2 * value));
    const largest = Math.max(0, ...folded);
    const parameter = Math.max(0, Math.ceil(Math.log2(largest + 1)) - integer(next, 0, 5));
    const escapeCode = method === 0 ? 15 : 31;
    const needed = Math.max(0, ...part.map((value) => (value === 0 ? 0 : bitsOf(value))));
    if (needed < 32 && (parameter >= escapeCode || next() < 0.2)) {
      bits.write(escapeCode, method === 0 ? 4 : 5).write(needed, 5);
      if (needed > 0) for (const value of part) bits.write(value, needed);
      continue;
    }
    const used = Math.min(parameter, escapeCode - 1);
    bits.write(used, method === 0 ? 4 : 5);
    for (const value of folded) bits.writeUnary(Math.floor(value / 2 ** used)).write(value % 2 ** used, used);
  }
}

function writeSubframe(bits: BitWriter, whole: readonly number[], sampleBits: number, next: Random): void {
  let wasted = 0;
  if (whole.some((sample) => sample !== 0))
    while (whole.every((sample) => sample % 2 ** (wasted + 1) === 0)) wasted++;
  const samples = whole.map((sample) => sample / 2 ** wasted);
  const width = sampleBits - wasted;
  const start = (type: number) => {
    bits
      .write(0, 1)
      .write(type, 6)
      .write(wasted > 0 ? 1 : 0, 1);
    if (wasted > 0) bits.writeUnary(wasted - 1);
  };
  if (samples.every((sample) => sample === samples[0])) {
    start(0);
    bits.write(samples[0] ?? 0, width);
    return;
  }
  const isLinear = next() < 0.6;
  const order = Math.min(isLinear ? integer(next, 1, 32) : integer(next, 0, 4), samples.length);
  const precision = integer(next, 2, 15);
  const most = 2 ** (precision - 1) - 1;
  const weights = isLinear
    ? Array.from({ length: order }, (_, index) => integer(next, -most - 1, most) >> Math.min(index, 12))
    : (fixedWeights[order] ?? []);
  const shift = isLinear ? integer(next, 0, 15) : 0;
  const residual = residualOf(samples, weights, shift);
  // A residual much larger than the samples would fill the frame with ones.
  if (!residual || next() < 0.1 || Math.max(...residual.map(Math.abs)) > 64 * 2 ** width) {
    start(1);
    for (const sample of samples) bits.write(sample, width);
    return;
  }
  start(isLinear ? 31 + order : 8 + order);
  for (const sample of samples.slice(0, order)) bits.write(sample, width);
  if (isLinear) {
    bits.write(precision - 1, 4).write(shift, 5);
    for (const weight of weights) bits.write(weight, precision);
  }
  writeResidual(bits, residual, samples.length, order, next);
}

/** Checksum of a frame header: CRC-8 with the polynomial x⁸ + x² + x + 1. */
function crc8(bytes: Uint8Array): number {
  let sum = 0;
  for (const byte of bytes) {
    sum ^= byte;
    for (let bit = 0; bit < 8; bit++) sum = ((sum << 1) ^ (sum & 0x80 ? 0x07 : 0)) & 0xff;
  }
  return sum;
}

const sampleCodes: Readonly<Record<number, number>> = { 8: 1, 12: 2, 16: 4, 20: 5, 24: 6, 32: 7 };

/**
 * Encodes a frame.
 *
 * @param assignment - Channel code; 8 to 10 write a difference of two channels.
 * @param number - Number of the frame, below 128.
 */
export function encodeFlacFrame(
  channels: readonly (readonly number[])[],
  sampleBits: number,
  assignment: number,
  next: Random,
  number = 0,
): Uint8Array {
  const [left = [], right = []] = channels;
  const side = left.map((sample, index) => sample - (right[index] ?? 0));
  const mid = left.map((sample, index) => Math.floor((sample + (right[index] ?? 0)) / 2));
  const stored =
    assignment === 8
      ? [left, side]
      : assignment === 9
        ? [side, right]
        : assignment === 10
          ? [mid, side]
          : channels;
  const bits = new BitWriter();
  bits.write(0xfff8, 16).write(0x70, 8).write(assignment, 4);
  bits
    .write(sampleCodes[sampleBits] ?? 0, 3)
    .write(0, 1)
    .write(number, 8)
    .write(left.length - 1, 16);
  bits.write(crc8(bits.bytes()), 8);
  for (const samples of stored)
    writeSubframe(bits, samples, samples === side ? sampleBits + 1 : sampleBits, next);
  const bytes = bits.align().bytes();
  const sum = crc16(bytes, 0, bytes.length);
  return Uint8Array.from([...bytes, sum >> 8, sum & 0xff]);
}

/** Returns samples of one of several kinds: noise, a tone with noise, extremes, a constant, zeros at the bottom. */
export function flacSamples(count: number, bits: number, next: Random): number[] {
  const most = 2 ** (bits - 1) - 1;
  const kind = integer(next, 0, 4);
  const [frequency, level, constant] = [next(), next(), integer(next, -most - 1, most)];
  const wasted = 2 ** integer(next, 0, bits - 2);
  return Array.from({ length: count }, (_, index) => {
    const tone = Math.round(most * level * Math.sin(index * frequency) * 0.9);
    if (kind === 0) return integer(next, -most - 1, most);
    if (kind === 1) return Math.max(-most - 1, Math.min(most, tone + integer(next, -4, 4)));
    if (kind === 2) return next() < 0.5 ? most : -most - 1;
    if (kind === 3) return constant;
    return Math.floor(integer(next, -most - 1, most) / wasted) * wasted;
  });
}

/** Returns a FLAC file of these frames. */
export function flacFile(
  frames: readonly Uint8Array[],
  info: {
    readonly bits: number;
    readonly channels: number;
    readonly block: number;
    readonly samples: number;
  },
): Uint8Array {
  const bits = new BitWriter();
  for (const letter of "fLaC") bits.write(letter.charCodeAt(0), 8);
  bits.write(0x80, 8).write(34, 24).write(info.block, 16).write(info.block, 16).write(0, 48);
  bits
    .write(44_100, 20)
    .write(info.channels - 1, 3)
    .write(info.bits - 1, 5)
    .write(info.samples, 36);
  return Uint8Array.from([...bits.bytes(), ...new Uint8Array(16), ...frames.flatMap((frame) => [...frame])]);
}
