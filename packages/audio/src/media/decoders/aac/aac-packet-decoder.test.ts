import { describe, expect, it } from "vitest";
import { aacElementKey, aacLayout } from "../../aac/aac-layout.ts";
import { BitWriter } from "../bit-writer.test-support.ts";
import {
  type EncodedChannel,
  silentChannel,
  writeChannel,
  writeWindows,
} from "./aac-encoder.test-support.ts";
import { AacPacketDecoder } from "./aac-packet-decoder.ts";
import { bandsByRate } from "./bands.ts";

const rateIndex = 4;
const bands = bandsByRate[rateIndex] ?? bandsByRate[0];

/** Returns a channel whose only line is in the second band. */
const lineChannel = (height: number, codebook = 11): EncodedChannel => {
  const lines = new Array<number>(1_024).fill(0);
  lines[5] = height;
  return silentChannel({ maxBand: 2, codebooks: [[0, codebook]], scales: [[0, 120]], lines });
};

type Element = readonly [element: number, ...channels: EncodedChannel[]];

/** Writes elements without a pair of common windows. */
function packet(elements: readonly Element[]): Uint8Array {
  if (!bands) throw new Error("no bands");
  const bits = new BitWriter();
  for (const [element, ...channels] of elements) {
    bits.write(element, 3).write(0, 4);
    if (element === 1) bits.write(0, 1);
    for (const channel of channels) writeChannel(bits, channel, bands);
  }
  return bits.write(7, 3).bytes();
}

/** Writes a pair with common windows. `mask` is 0, 2, or a bit for each band. */
function pair(
  left: EncodedChannel,
  right: EncodedChannel,
  mask: number | readonly number[],
  tag = 0,
): Uint8Array {
  if (!bands) throw new Error("no bands");
  const bits = new BitWriter().write(1, 3).write(tag, 4).write(1, 1);
  writeWindows(bits, left);
  bits.write(typeof mask === "number" ? mask : 1, 2);
  if (typeof mask !== "number") for (const bit of mask) bits.write(bit, 1);
  writeChannel(bits, left, bands, true);
  writeChannel(bits, right, bands, true);
  return bits.write(7, 3).bytes();
}

const energy = (samples: Float32Array | undefined): number =>
  (samples ?? new Float32Array(0)).reduce((sum, sample) => sum + sample * sample, 0);

const decode = (bytes: Uint8Array, configuration: number): Float32Array[] =>
  new AacPacketDecoder({ rateIndex, order: [], ...aacLayout(configuration) }).decode(bytes);

/** Returns the ratios of each channel to the line of height 1 alone, with its sign. */
function heights(channels: readonly Float32Array[]): number[] {
  const [unit] = decode(packet([[0, lineChannel(1)]]), 1);
  const scale = energy(unit);
  return channels.map((samples) => {
    const product = samples.reduce((sum, sample, at) => sum + sample * (unit?.[at] ?? 0), 0);
    return product / scale;
  });
}

const power = (height: number): number => Math.sign(height) * Math.abs(height) ** (4 / 3);

describe("an AAC packet", () => {
  it.each([
    [1, [1]],
    [2, [1, 2]],
    [3, [2, 3, 1]],
    [4, [2, 3, 1, 4]],
    [5, [2, 3, 1, 4, 5]],
    [6, [2, 3, 1, 6, 4, 5]],
    [7, [2, 3, 1, 8, 6, 7, 4, 5]],
  ])("of configuration %i has its channels in the order of all formats", (configuration, order) => {
    const channel = (height: number) => lineChannel(height);
    const elements: Element[] = [];
    if (configuration !== 2) elements.push([0, channel(1)]);
    if (configuration === 2) elements.push([1, channel(1), channel(2)]);
    if (configuration >= 3) elements.push([1, channel(2), channel(3)]);
    if (configuration === 4) elements.push([0, channel(4)]);
    if (configuration >= 5) elements.push([1, channel(4), channel(5)]);
    if (configuration === 6) elements.push([3, channel(6)]);
    if (configuration === 7) elements.push([1, channel(6), channel(7)], [3, channel(8)]);
    const decoded = heights(decode(packet(elements), configuration));
    expect(decoded).toEqual(order.map((height) => expect.closeTo(power(height), 4)));
  });

  it("restores left and right from mean and difference where the mask is set", () => {
    const left = lineChannel(27);
    expect(heights(decode(pair(left, lineChannel(8), 0), 2))).toEqual(
      [81, 16].map((x) => expect.closeTo(x, 3)),
    );
    expect(heights(decode(pair(left, lineChannel(8), 2), 2))).toEqual(
      [97, 65].map((x) => expect.closeTo(x, 3)),
    );
    expect(heights(decode(pair(left, lineChannel(8), [0, 1]), 2))).toEqual(
      [97, 65].map((x) => expect.closeTo(x, 3)),
    );
    expect(heights(decode(pair(left, lineChannel(8), [1, 0]), 2))).toEqual(
      [81, 16].map((x) => expect.closeTo(x, 3)),
    );
  });

  it.each([
    [15, 0, 0.5],
    [14, 0, -0.5],
    [15, [0, 1], -0.5],
    [14, [0, 1], 0.5],
    [15, 2, -0.5],
  ])("copies left to right by codebook %i with mask %j", (codebook, mask, factor) => {
    const right = silentChannel({ maxBand: 2, codebooks: [[0, codebook]], scales: [[0, 4]] });
    const decoded = heights(decode(pair(lineChannel(27), right, mask), 2));
    expect(decoded).toEqual([81, 81 * factor].map((x) => expect.closeTo(x, 3)));
  });

  it("fills bands with noise of the coded energy, the same on both sides where the mask is set", () => {
    const noise = (level: number) =>
      silentChannel({
        maxBand: 49,
        codebooks: [new Array<number>(49).fill(13)],
        scales: [new Array<number>(49).fill(level)],
      });
    const run = (mask: number, level: number) => {
      const decoder = new AacPacketDecoder({ rateIndex, order: [0, 1] });
      let [left, right, product] = [0, 0, 0];
      for (let count = 0; count < 16; count++) {
        const [one, two] = decoder.decode(pair(noise(level), noise(level), mask, count));
        left += energy(one);
        right += energy(two);
        product += (one ?? new Float32Array(0)).reduce(
          (sum, sample, at) => sum + sample * (two?.[at] ?? 0),
          0,
        );
      }
      return { left, right, correlation: product / Math.sqrt(left * right) };
    };
    const apart = run(0, 40);
    expect(Math.abs(apart.correlation)).toBeLessThan(0.05);
    expect(run(2, 40).correlation).toBeCloseTo(1, 6);
    // Four steps are a factor of two.
    const louder = run(0, 44);
    expect(louder.left / apart.left).toBeCloseTo(4, 0);
    // A band has the energy 2^(40 / 2) in lines of the scale of 16 bits; the transform has the gain 1 / (2 N).
    const expected = (49 * 2 ** 20 * 16) / 32_768 ** 2 / 2_048;
    expect(apart.left / expected).toBeGreaterThan(0.9);
    expect(apart.left / expected).toBeLessThan(1.1);
  });

  it("may contain data, filling and a layout", () => {
    if (!bands) throw new Error("no bands");
    const bits = new BitWriter().write(4, 3).write(0, 4).write(1, 1).write(3, 8).align().write(0xff, 24);
    // A layout of one element in front, with two bytes of comment.
    bits.write(5, 3).write(0, 10).write(1, 4).write(0, 20).write(0, 5).align().write(2, 8).write(0xffff, 16);
    bits.write(6, 3).write(15, 4).write(3, 8).write(0, 136);
    bits.write(0, 3).write(0, 4);
    writeChannel(bits, lineChannel(8), bands);
    expect(heights(decode(bits.write(7, 3).bytes(), 1))).toEqual([expect.closeTo(16, 3)]);
  });

  it("is refused without one of its channels or with one more", () => {
    const one = lineChannel(1);
    expect(() => decode(packet([]), 1)).toThrow("0 of 1 channels");
    expect(() => decode(packet([[0, one]]), 2)).toThrow("1 of 2 channels");
    expect(() =>
      decode(
        packet([
          [0, one],
          [0, one],
        ]),
        1,
      ),
    ).toThrow("more than 1 channels");
    expect(() => new AacPacketDecoder({ rateIndex: 13, order: [0] })).toThrow(RangeError);
  });
});

it("has its elements in any order where a layout is written out", () => {
  // Left and right, the back, and the low channel, which comes first in the packet.
  const order = [0, 1, 3, 2];
  const elements = new Map([
    [aacElementKey(1, 0), 0],
    [aacElementKey(0, 0), 2],
    [aacElementKey(3, 0), 3],
  ]);
  const bytes = packet([
    [3, lineChannel(4)],
    [1, lineChannel(1), lineChannel(2)],
    [0, lineChannel(3)],
  ]);
  const decoded = new AacPacketDecoder({ rateIndex, order, elements }).decode(bytes);
  expect(heights(decoded)).toEqual([1, 2, 4, 3].map((height) => expect.closeTo(power(height), 4)));
});
