import { seededRandom } from "@asterite/testkit";
import { describe, expect, it } from "vitest";
import { decodeAll, memoryBytes } from "../../media.test-support.ts";
import { openMedia } from "../../open-media.ts";
import { encodeFlacFrame, flacFile, flacSamples } from "./flac-encoder.test-support.ts";
import { FlacFrameDecoder } from "./flac-frame-decoder.ts";

const allBits = Array.from({ length: 29 }, (_, index) => index + 4);
const expected = (samples: readonly number[], bits: number): Float32Array =>
  Float32Array.from(samples, (sample) => sample * 2 ** (1 - bits));

describe("FLAC frames", () => {
  it.each(allBits)("of %i bits are decoded exactly, with every kind of subframe and stereo", (bits) => {
    const decoder = new FlacFrameDecoder(bits);
    for (let seed = 0; seed < 24; seed++) {
      const next = seededRandom(1_000 * bits + seed);
      const assignment = seed % 11;
      const count = seed % 5 === 0 ? 16 + Math.floor(next() * 100) : 64 * (1 + Math.floor(next() * 8));
      const channels = Array.from({ length: assignment < 8 ? assignment + 1 : 2 }, () =>
        flacSamples(count, bits, next),
      );
      const decoded = decoder.decode(encodeFlacFrame(channels, bits, assignment, next));
      expect(decoded.length).toBe(channels.length);
      for (const [channel, samples] of channels.entries())
        expect(decoded[channel], `seed ${seed}, channel ${channel}`).toEqual(expected(samples, bits));
    }
  });

  it("of the largest block are decoded", () => {
    const next = seededRandom(1);
    const samples = flacSamples(65_536, 16, next);
    expect(new FlacFrameDecoder(16).decode(encodeFlacFrame([samples], 16, 0, next))).toEqual([
      expected(samples, 16),
    ]);
  });

  it("with a wrong checksum or without their end are refused, and the next one is decoded", () => {
    const next = seededRandom(2);
    const channels = [flacSamples(192, 16, next), flacSamples(192, 16, next)];
    const frame = encodeFlacFrame(channels, 16, 10, next);
    const decoder = new FlacFrameDecoder(16);
    for (let bit = 8 * 12; bit < 8 * frame.length; bit += 41) {
      const wrong = frame.map((byte, index) => (index === bit >> 3 ? byte ^ (1 << (bit & 7)) : byte));
      expect(() => decoder.decode(wrong)).toThrow(RangeError);
    }
    for (let length = 0; length < frame.length; length += 7)
      expect(() => decoder.decode(frame.subarray(0, length))).toThrow(RangeError);
    expect(decoder.decode(frame)).toEqual(channels.map((samples) => expected(samples, 16)));
  });
});

it.each([12, 15, 20, 32])("a FLAC file of %i bits is played", async (bits) => {
  const next = seededRandom(bits);
  const blocks = Array.from({ length: 30 }, () => [
    flacSamples(512, bits, next),
    flacSamples(512, bits, next),
  ]);
  const frames = blocks.map((channels, number) =>
    encodeFlacFrame(channels, bits, 8 + (number % 3), next, number),
  );
  const file = flacFile(frames, { bits, channels: 2, block: 512, samples: 30 * 512 });
  const { channels } = await decodeAll(await openMedia(memoryBytes(file)));
  for (const [channel, samples] of channels.entries())
    expect(samples).toEqual(
      expected(
        blocks.flatMap((block) => block[channel] ?? []),
        bits,
      ),
    );
});

it("finds a frame whose first byte is the last one of the bytes read at once", async () => {
  const next = seededRandom(9);
  // The first read takes 16,400 bytes, and a frame of uncoded samples has 11 bytes besides them.
  const block = (16_399 - 11) / 2;
  const blocks = Array.from({ length: 3 }, () =>
    Array.from({ length: block }, () => Math.floor((next() - 0.5) * 2 ** 16)),
  );
  const frames = blocks.map((samples, number) => encodeFlacFrame([samples], 16, 0, () => 0.05, number));
  expect(frames[0]).toHaveLength(16_399);
  const file = flacFile(frames, { bits: 16, channels: 1, block, samples: 3 * block });
  const { channels } = await decodeAll(await openMedia(memoryBytes(file)));
  expect(channels).toEqual([expected(blocks.flat(), 16)]);
});
