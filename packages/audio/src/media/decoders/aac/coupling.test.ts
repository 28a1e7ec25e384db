import { seededRandom } from "@asterite/testkit";
import { describe, expect, it } from "vitest";
import { type AacLayout, aacElementKey, aacElements } from "../../aac/aac-layout.ts";
import { BitWriter } from "../bit-writer.test-support.ts";
import { codeWords, type EncodedChannel, silentChannel, writeChannel } from "./aac-encoder.test-support.ts";
import { AacPacketDecoder } from "./aac-packet-decoder.ts";
import { bandsByRate } from "./bands.ts";
import { scaleFactorData } from "./codebook-data.ts";

const rateIndex = 4;
const found = bandsByRate[rateIndex];
if (!found) throw new Error("no bands");
const bands = found;
const offsets = bands.long;
const gainWords = codeWords(scaleFactorData);

/** A channel with a line of a height in some bands, and none in between. */
function channel(
  heights: Readonly<Record<number, number>>,
  shaping?: EncodedChannel["shaping"],
): EncodedChannel {
  const lines = new Array<number>(1_024).fill(0);
  for (const [band, height] of Object.entries(heights)) lines[(offsets[Number(band)] ?? 0) + 1] = height;
  const codebooks = Array.from({ length: 20 }, (_, band) => (heights[band] === undefined ? 0 : 11));
  const change = { maxBand: 20, codebooks: [codebooks], scales: [codebooks.map(() => 130)], lines };
  return silentChannel(shaping ? { ...change, shaping } : change);
}

/** One filter of the second order over all bands. */
const shaping = (bits: BitWriter): void => {
  bits.write(1, 2).write(1, 1).write(20, 6).write(2, 5).write(0, 1).write(0, 1).write(5, 4).write(-3, 4);
};

/** Target of a coupling channel. */
type Target =
  | { readonly tag: number }
  | { readonly tag: number; readonly left: 0 | 1; readonly right: 0 | 1 };
/** A gain for all bands, or one for each coded band. */
type Gains = number | readonly number[];

interface Coupling {
  readonly targets: readonly Target[];
  readonly channel: EncodedChannel;
  readonly gains?: readonly Gains[];
  readonly isIndependent?: boolean;
  readonly isAfterShaping?: boolean;
  readonly isSigned?: boolean;
  readonly scale?: number;
}

function writeCoupling(bits: BitWriter, coupling: Coupling): void {
  const { targets, gains = [], isIndependent = false, isAfterShaping = false, isSigned = false } = coupling;
  bits
    .write(2, 3)
    .write(9, 4)
    .write(isIndependent ? 1 : 0, 1)
    .write(targets.length - 1, 3);
  for (const target of targets) {
    const isPair = "left" in target;
    bits.write(isPair ? 1 : 0, 1).write(target.tag, 4);
    if (isPair) bits.write(target.left, 1).write(target.right, 1);
  }
  bits
    .write(isAfterShaping ? 1 : 0, 1)
    .write(isSigned ? 1 : 0, 1)
    .write(coupling.scale ?? 3, 2);
  writeChannel(bits, coupling.channel, bands);
  const write = (gain: number) => bits.write(...(gainWords[gain + 60] ?? [0, 0]));
  for (const gain of gains) {
    if (!isIndependent) bits.write(typeof gain === "number" ? 1 : 0, 1);
    for (const each of typeof gain === "number" ? [gain] : gain) write(each);
  }
}

/** A pair with tag 3 and a single channel with tag 0. */
const layout: AacLayout = {
  order: [0, 1, 2],
  elements: new Map([
    [aacElementKey(aacElements.pair, 3), 0],
    [aacElementKey(aacElements.single, 0), 2],
  ]),
  isCoupled: true,
};

/** Writes these channels, before or behind a coupling channel. */
function packetOf(
  [left, right, single]: readonly [EncodedChannel, EncodedChannel, EncodedChannel],
  coupling?: Coupling,
  isInFront = false,
): Uint8Array {
  const bits = new BitWriter();
  if (coupling && isInFront) writeCoupling(bits, coupling);
  bits.write(1, 3).write(3, 4).write(0, 1);
  writeChannel(bits, left, bands);
  writeChannel(bits, right, bands);
  bits.write(0, 3).write(0, 4);
  writeChannel(bits, single, bands);
  if (coupling && !isInFront) writeCoupling(bits, coupling);
  return bits.write(7, 3).bytes();
}

function decode(...args: Parameters<typeof packetOf>): Float32Array[] {
  const packet = packetOf(...args);
  const decoder = new AacPacketDecoder({ rateIndex, ...layout });
  // The second frame overlaps with the first.
  decoder.decode(packet);
  return decoder.decode(packet);
}

const silent = channel({});
/** Samples of a channel by itself. */
const alone = (each: EncodedChannel): Float32Array =>
  decode([each, silent, silent])[0] ?? new Float32Array(0);
const mix = (...parts: readonly (readonly [gain: number, samples: Float32Array])[]): Float32Array =>
  Float32Array.from({ length: 1_024 }, (_, at) =>
    parts.reduce((sum, [gain, samples]) => sum + gain * (samples[at] ?? 0), 0),
  );

function expectMix(found: readonly Float32Array[], wanted: readonly Float32Array[]): void {
  expect(found).toHaveLength(wanted.length);
  for (const [index, samples] of wanted.entries()) {
    const loudest = samples.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);
    for (const [at, sample] of samples.entries())
      if (!(Math.abs((found[index]?.[at] ?? 0) - sample) <= 1e-5 * Math.max(loudest, 1e-6)))
        throw new Error(`channel ${index}, sample ${at}: ${found[index]?.[at]} is not ${sample}`);
  }
}

const left = channel({ 3: 40, 12: -25 });
const right = channel({ 4: 31 }, shaping);
const single = channel({ 6: 17, 9: 12 }, shaping);
const source = channel({ 3: 30, 5: -21, 9: 44 });
const shaped = channel({ 3: 30, 5: -21, 9: 44 }, shaping);
const [leftOnly, rightOnly, singleOnly] = [alone(left), alone(right), alone(single)];
const [sourceOnly, shapedOnly] = [alone(source), alone(shaped)];

describe.each([
  ["behind its targets", false],
  ["in front of its targets", true],
])("a coupling channel %s", (_name, isInFront) => {
  it("is added before or after noise shaping, with a gain for each target", () => {
    for (const isAfterShaping of [false, true]) {
      const targets = [{ tag: 0 }, { tag: 3, left: 1, right: 1 }] as const;
      // Steps of a factor of two, and the first target has none.
      const coupling = { targets, channel: source, gains: [1, -2], isAfterShaping };
      const added = isAfterShaping ? sourceOnly : shapedOnly;
      expectMix(decode([left, right, single], coupling, isInFront), [
        mix([1, leftOnly], [0.5, sourceOnly]),
        mix([1, rightOnly], [4, added]),
        mix([1, singleOnly], [1, added]),
      ]);
    }
  });

  it("has its own noise shaping", () => {
    const coupling = { targets: [{ tag: 3, left: 1, right: 0 }], channel: shaped } as const;
    expectMix(decode([left, right, single], coupling, isInFront), [
      mix([1, leftOnly], [1, shapedOnly]),
      rightOnly,
      singleOnly,
    ]);
  });

  it("has gains of its bands, with signs", () => {
    const targets = [{ tag: 7 }, { tag: 3, left: 0, right: 0 }] as const;
    const coupling = { targets, channel: source, isAfterShaping: true, scale: 2, isSigned: true };
    // The gains 2, 1 and 4 in steps of the square root of two, each difference above its sign.
    const gains = [[2 * 2 + 1, 2 * -1, 2 * 3 + 1]];
    const added = [
      [-(2 ** -1), alone(channel({ 3: 30 }))],
      [2 ** -0.5, alone(channel({ 5: -21 }))],
      [-(2 ** -2), alone(channel({ 9: 44 }))],
    ] as const;
    expectMix(decode([left, right, single], { ...coupling, gains }, isInFront), [
      mix([1, leftOnly], ...added),
      mix([1, rightOnly], ...added),
      singleOnly,
    ]);
  });

  it("is added to the samples if it is independent, whatever its windows", () => {
    const targets = [{ tag: 3, left: 0, right: 1 }, { tag: 0 }] as const;
    const stop = { ...source, sequence: 1 };
    for (const each of [source, stop]) {
      const coupling = { targets, channel: each, gains: [3], isIndependent: true, scale: 1 };
      const own = alone(each);
      expectMix(decode([left, right, single], coupling, isInFront), [
        leftOnly,
        mix([1, rightOnly], [1, own]),
        mix([1, singleOnly], [2 ** -0.75, own]),
      ]);
    }
  });
});

it("a coupling channel that no layout declares is stepped over", () => {
  const bits = new BitWriter();
  writeCoupling(bits, { targets: [{ tag: 0 }], channel: source });
  bits.write(0, 3).write(0, 4);
  writeChannel(bits, left, bands);
  const decoder = new AacPacketDecoder({ rateIndex, order: [0] });
  const packet = bits.write(7, 3).bytes();
  decoder.decode(packet);
  expectMix(decoder.decode(packet), [leftOnly]);
});

it("damaged coupling channels are refused, or yield numbers", () => {
  const packets = [true, false].map((isIndependent) => {
    const targets = [{ tag: 0 }, { tag: 3, left: 1, right: 1 }] as const;
    return packetOf([left, right, single], { targets, channel: shaped, gains: [3, 1], isIndependent }, true);
  });
  const decoder = new AacPacketDecoder({ rateIndex, ...layout });
  let refused = 0;
  for (let seed = 0; seed < 600; seed++) {
    const next = seededRandom(seed);
    const packet = Uint8Array.from(packets[seed % 2] ?? []);
    for (let flip = 0; flip < 3; flip++) {
      const at = Math.floor(next() * packet.length);
      packet[at] = (packet[at] ?? 0) ^ (1 << Math.floor(next() * 8));
    }
    try {
      for (const samples of decoder.decode(packet)) expect(samples.every(Number.isFinite)).toBe(true);
    } catch (error) {
      expect(error).toBeInstanceOf(RangeError);
      refused++;
    }
  }
  expect(refused).toBeGreaterThan(60);
  expect(refused).toBeLessThan(600);
});
