import { seededRandom } from "@asterite/testkit";
import { describe, expect, it } from "vitest";
import { BitReader } from "../../bit-reader.ts";
import { BitWriter } from "../bit-writer.test-support.ts";
import {
  type EncodedChannel,
  randomChannel,
  silentChannel,
  writeChannel,
} from "./aac-encoder.test-support.ts";
import { type Bands, bandsByRate } from "./bands.ts";
import { ChannelStream } from "./channel-stream.ts";

const bandsAt = (rateIndex: number): Bands => {
  const bands = bandsByRate[rateIndex];
  if (!bands) throw new Error(`no sample rate ${rateIndex}`);
  return bands;
};
const bands = bandsAt(4);

function read(channel: EncodedChannel, of = bands): ChannelStream {
  const bits = new BitWriter();
  writeChannel(bits, channel, of);
  const reader = new BitReader();
  reader.load(bits.bytes());
  const stream = new ChannelStream(of);
  stream.read(reader, false);
  expect(reader.position).toBe(bits.length);
  return stream;
}

/** Spectrum by the formula of the standard. */
function expectedSpectrum(
  { groups, codebooks, scales, lines, sequence }: EncodedChannel,
  of: Bands,
): number[] {
  const offsets = sequence === 2 ? of.short : of.long;
  const spectrum = new Array<number>(1_024).fill(0);
  let window = 0;
  for (const [group, length] of groups.entries()) {
    for (const [band] of (codebooks[group] ?? []).entries())
      for (let each = window; each < window + length; each++)
        for (let at = 128 * each + (offsets[band] ?? 0); at < 128 * each + (offsets[band + 1] ?? 0); at++) {
          const line = lines[at] ?? 0;
          const scale = 2 ** (((scales[group]?.[band] ?? 0) - 100) / 4);
          spectrum[at] = Math.sign(line) * Math.abs(line) ** (4 / 3) * scale;
        }
    window += length;
  }
  return spectrum;
}

const offsetsEnd = (widths: Uint16Array): number | undefined => widths.at(-1);

describe("the channel of a frame", () => {
  it.each(Array.from({ length: 13 }, (_, index) => index))(
    "at sample rate %i is read in every codebook, long and short",
    (rateIndex) => {
      const of = bandsAt(rateIndex);
      expect([offsetsEnd(of.long), offsetsEnd(of.short)]).toEqual([1_024, 128]);
      for (let seed = 0; seed < 6; seed++) {
        const channel = randomChannel(seededRandom(100 * rateIndex + seed), of, seed % 2 === 1);
        const { spectrum } = read(channel, of);
        for (const [at, line] of expectedSpectrum(channel, of).entries())
          expect(Math.abs((spectrum[at] ?? 0) - line)).toBeLessThanOrEqual(1e-9 * Math.abs(line));
      }
    },
  );

  it("has pulses added to its quantised lines, away from zero", () => {
    const lines = new Array<number>(1_024).fill(0);
    [lines[4], lines[6], lines[7]] = [3, -2, 1];
    const plain = silentChannel({ maxBand: 3, codebooks: [[5, 5, 5]], scales: [[100, 100, 100]], lines });
    const { spectrum } = read({
      ...plain,
      pulses: [
        1,
        [
          [0, 5],
          [2, 15],
          [2, 4],
        ],
      ],
    });
    // A pulse on a line of zero is negative.
    expect(Array.from(spectrum.subarray(4, 9), (line) => Math.sign(line) * Math.abs(line) ** 0.75)).toEqual(
      [8, 0, -17, 1, -4].map((line) => expect.closeTo(line, 9)),
    );
  });

  it("is refused with a reserved codebook, bands beyond the last, or without its end", () => {
    const channel = silentChannel({ maxBand: 2, codebooks: [[12, 12]], scales: [[0, 0]] });
    expect(() => read(channel)).toThrow("reserved");
    expect(() => read(silentChannel({ maxBand: 50, codebooks: [new Array<number>(50).fill(0)] }))).toThrow(
      "50 of 49 bands",
    );
    const bits = new BitWriter();
    writeChannel(bits, randomChannel(seededRandom(5), bands, false), bands);
    const reader = new BitReader();
    const bytes = bits.bytes();
    for (let length = 0; length < bytes.length - 1; length += 11) {
      reader.load(bytes.subarray(0, length));
      expect(() => new ChannelStream(bands).read(reader, false)).toThrow(RangeError);
    }
  });

  it("is refused with scales out of range, and with pulses in short windows", () => {
    const scales = [Array.from({ length: 5 }, (_, band) => 100 + 55 * band)];
    expect(() =>
      read(
        silentChannel({
          maxBand: 5,
          codebooks: [[1, 1, 1, 1, 1]],
          scales,
          lines: new Array<number>(64).fill(0),
        }),
      ),
    ).toThrow("not within 0 to 255");
    expect(() => read(silentChannel({ sequence: 2, groups: [8], pulses: [0, [[1, 1]]] }))).toThrow("pulses");
  });
});
