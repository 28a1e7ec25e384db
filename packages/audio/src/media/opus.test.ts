import fc from "fast-check";
import { expect, it } from "vitest";
import { CodecError } from "./codec-error.ts";
import { amplitude } from "./media.test-support.ts";
import { OpusDecoder, OpusEncoder } from "./opus.ts";
import { loadOpus } from "./opus-library.ts";
import { isOpusFrame, opusPacketSamples } from "./opus-packet.ts";

/** 20 ms of 440 Hz on the left and 880 Hz on the right. */
function tones(frame: number): Int16Array {
  const samples = new Int16Array(1_920);
  for (let index = 0; index < 960; index++) {
    const phase = (2 * Math.PI * 440 * (frame * 960 + index)) / 48_000;
    samples[2 * index] = 8_192 * Math.sin(phase);
    samples[2 * index + 1] = 8_192 * Math.sin(2 * phase);
  }
  return samples;
}

it("reads the length of a packet from its first bytes", () => {
  // Configuration 31 is CELT of 20 ms, 28 of 2.5 ms; 3 is SILK of 60 ms, 13 hybrid of 20 ms.
  expect(opusPacketSamples(Uint8Array.of(31 << 3))).toBe(960);
  expect(opusPacketSamples(Uint8Array.of((31 << 3) | 1))).toBe(1_920);
  expect(opusPacketSamples(Uint8Array.of((28 << 3) | 3, 5))).toBe(600);
  expect(opusPacketSamples(Uint8Array.of(3 << 3))).toBe(2_880);
  expect(opusPacketSamples(Uint8Array.of(13 << 3))).toBe(960);
  // More than 120 ms, and nothing at all.
  expect(opusPacketSamples(Uint8Array.of((3 << 3) | 3, 3))).toBe(0);
  expect(opusPacketSamples(new Uint8Array(0))).toBe(0);
});

it("passes a packet through only if all its 20 ms are audible", () => {
  expect(isOpusFrame({ samples: 960, skip: 0, trim: 0 })).toBe(true);
  expect(isOpusFrame({ samples: 960, skip: 312, trim: 0 })).toBe(false);
  expect(isOpusFrame({ samples: 960, skip: 0, trim: 1 })).toBe(false);
  expect(isOpusFrame({ samples: 480, skip: 0, trim: 0 })).toBe(false);
});

it("encodes and decodes tones", async () => {
  const library = await loadOpus();
  const encoder = new OpusEncoder(library, {
    bitrate: 96_000,
    complexity: 5,
    fec: true,
    packetLossPercent: 10,
  });
  const decoder = new OpusDecoder(library);
  const louder = new OpusDecoder(library, 6.0206);
  const [left, right, twice]: [number[], number[], number[]] = [[], [], []];
  for (let frame = 0; frame < 50; frame++) {
    const data = encoder.encode(tones(frame));
    expect(opusPacketSamples(data)).toBe(960);
    const [a, b] = decoder.decodeAudible({ data, samples: 960, skip: frame === 0 ? 312 : 0, trim: 0 });
    left.push(...a);
    right.push(...b);
    twice.push(...(louder.decode(data)?.[0] ?? []));
  }
  expect(left.length).toBe(50 * 960 - 312);
  expect(amplitude(Float32Array.from(left).subarray(9_600), 440, 48_000)).toBeCloseTo(0.25, 1);
  expect(amplitude(Float32Array.from(right).subarray(9_600), 880, 48_000)).toBeCloseTo(0.25, 1);
  expect(amplitude(Float32Array.from(twice).subarray(9_600), 440, 48_000)).toBeCloseTo(0.5, 1);
});

it("keeps the bit rate", async () => {
  const library = await loadOpus();
  const bytesAt = (bitrate: number): number => {
    const encoder = new OpusEncoder(library, { bitrate });
    let bytes = 0;
    for (let frame = 0; frame < 50; frame++) bytes += encoder.encode(tones(frame)).length;
    return bytes;
  };
  expect(bytesAt(24_000)).toBeLessThan(bytesAt(160_000) / 3);
});

it("reports a damaged packet, and conceals it with the right length", async () => {
  const decoder = new OpusDecoder(await loadOpus());
  expect(decoder.decode(new Uint8Array(0))).toBeUndefined();
  expect(decoder.decode(Uint8Array.of(0xff, 0xff, 0xff))).toBeUndefined();
  const [left] = decoder.decodeAudible({
    data: Uint8Array.of(0xff, 0xff, 0xff),
    samples: 960,
    skip: 100,
    trim: 60,
  });
  expect(left).toEqual(new Float32Array(800));
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1, maxLength: 300 }), (packet) => {
      const decoded = decoder.decode(packet);
      if (decoded) expect(decoded[0].length).toBe(opusPacketSamples(packet));
    }),
    { numRuns: 300 },
  );
});

it("names an invalid option", async () => {
  const library = await loadOpus();
  for (const options of [{ bitrate: 5_999 }, { complexity: 11 }, { packetLossPercent: 0.5 }])
    expect(() => new OpusEncoder(library, options)).toThrow(CodecError);
  expect(() => new OpusEncoder(library).encode(new Int16Array(14))).toThrow(RangeError);
});
