import { readFileSync } from "node:fs";
import { join } from "node:path";
import { oddMediaFolder } from "@asterite/testkit";
import { describe, expect, it } from "vitest";
import { amplitude, decodeAll, memoryBytes } from "../../media.test-support.ts";
import { openMedia } from "../../open-media.ts";
import { decodeStream, LowBitWriter, randomStream } from "./random-stream.test-support.ts";
import { VorbisPacketDecoder } from "./vorbis-packet-decoder.ts";

/**
 * Type of the floors, seed, length, and of each channel the level and the projection on a chirp, as libvorbis
 * decodes it to 16 bits.
 */
const expected: readonly (readonly [
  floor: 0 | 1,
  seed: number,
  samples: number,
  channels: readonly (readonly [level: number, projection: number])[],
])[] = [
  [0, 2, 3264, [[0.01078, -0.0001845]]],
  [0, 6, 11680, [[0.003335, 1.721e-6]]],
  [
    0,
    1,
    24064,
    [
      [0.002646, -1.838e-6],
      [0.003524, -3.337e-5],
    ],
  ],
  [
    0,
    4,
    25056,
    [
      [0.01133, 7.429e-5],
      [0.01409, 0.0001013],
    ],
  ],
  [
    0,
    1,
    13488,
    [
      [0.005418, 5.475e-5],
      [0.007626, -5.74e-5],
      [0.00527, 8.43e-7],
      [0.004333, 1.624e-5],
    ],
  ],
  [
    0,
    2,
    4992,
    [
      [0.00734, 0.000191],
      [0.005445, 4.674e-5],
      [0.007593, -3.838e-5],
      [0.003098, 1.826e-5],
    ],
  ],
  [1, 1, 12288, [[0.0172, 6.11e-6]]],
  [1, 3, 12096, [[0.003699, -2.748e-5]]],
  [
    1,
    3,
    12128,
    [
      [0.01851, 2.617e-5],
      [0.002831, 1.777e-5],
    ],
  ],
  [
    1,
    5,
    4992,
    [
      [0.003654, -4.483e-5],
      [0.002803, -2.652e-5],
    ],
  ],
  [
    1,
    1,
    6912,
    [
      [0.002063, 3.266e-5],
      [0.003105, 1.756e-5],
      [0.004125, -6.777e-5],
      [0.005769, 7.532e-5],
    ],
  ],
  [
    1,
    2,
    24560,
    [
      [0.00229, -1.107e-5],
      [0.02194, 4.565e-5],
      [0.009446, -6.254e-5],
      [0.007564, 4.213e-5],
    ],
  ],
];

describe("VorbisPacketDecoder", () => {
  it.each(expected)(
    "decodes a stream with floors of type %i, seed %i, as libvorbis does",
    (floor, seed, samples, channels) => {
      const decoded = decodeStream(randomStream(seed, floor, channels.length));
      for (const [channel, [level, projection]] of channels.entries()) {
        const ours = decoded[channel] ?? [];
        expect(ours.length).toBe(samples);
        const power = ours.reduce((sum, sample) => sum + sample * sample, 0) / samples;
        expect(Math.abs(Math.sqrt(power) / level - 1), `level of ${channel}`).toBeLessThan(5e-3);
        const chirp = ours.reduce((sum, sample, at) => sum + sample * Math.cos(0.1 * at * at), 0) / samples;
        expect(Math.abs(chirp - projection), `projection of ${channel}`).toBeLessThan(6e-7);
      }
    },
  );

  it.each([
    ["tones-six.ogg", [300, 500, 700, 60, 900, 1_100]],
    ["tones-eight.ogg", [300, 500, 700, 60, 900, 1_100, 1_300, 1_500]],
  ] as const)(
    "decodes the channels of %s in the order left, right, centre, low, back, side",
    async (name, tones) => {
      const { channels, sampleRate } = await decodeAll(
        await openMedia(memoryBytes(readFileSync(join(oddMediaFolder, name)))),
      );
      expect(channels.length).toBe(tones.length);
      for (const [channel, samples] of channels.entries()) {
        expect(samples.length).toBe(19_200);
        const middle = samples.subarray(4_800, 14_400);
        for (const [other, tone] of tones.entries()) {
          const level = amplitude(middle, tone, sampleRate);
          if (other !== channel) expect(level, `${tone} Hz on ${channel}`).toBeLessThan(0.01);
          else expect(Math.abs(level - 0.1), `${tone} Hz on ${channel}`).toBeLessThan(0.02);
        }
      }
    },
  );

  it("decodes the beginning of a truncated packet", () => {
    const { identification, setup, packets } = randomStream(1, 1, 2);
    const decoder = new VorbisPacketDecoder(identification, setup);
    const lengths = packets.map(
      (packet, index) => decoder.decode(packet.subarray(0, 1 + 7 * index))[0]?.length,
    );
    const whole = new VorbisPacketDecoder(identification, setup);
    expect(lengths).toEqual(packets.map((packet) => whole.decode(packet)[0]?.length));
  });

  it("refuses packets without audio or mode, and goes on with the next one", () => {
    const { identification, setup, packets } = randomStream(1, 1, 2);
    const [decoder, other] = [0, 1].map(() => new VorbisPacketDecoder(identification, setup));
    for (const packet of packets.slice(0, 5)) {
      for (const damaged of [new Uint8Array(0), Uint8Array.of(1, 2, 3)])
        expect(() => decoder?.decode(damaged)).toThrow(RangeError);
      expect(decoder?.decode(packet)).toEqual(other?.decode(packet));
    }
  });

  it("refuses a setup header that needs much memory, before it allocates it", () => {
    const { identification } = randomStream(1, 1, 2);
    const bits = new LowBitWriter().writeAll([5, ...Buffer.from("vorbis"), 255], 8);
    // Sixteen million entries with ordered lengths: 25 bits each time.
    bits
      .write(0x56_43_42, 24)
      .write(8, 16)
      .write(2 ** 24 - 1, 24)
      .write(1, 1)
      .write(23, 5)
      .write(2 ** 24 - 1, 24);
    const before = process.memoryUsage().arrayBuffers;
    expect(() => new VorbisPacketDecoder(identification, bits.bytes())).toThrow("unusable size");
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(1024 * 1024);
  });

  it.each([
    ["version", 7 * 8],
    ["block sizes", 28 * 8 + 3],
    ["framing", 29 * 8],
  ])("refuses an identification header with a wrong %s", (_, bit) => {
    const { identification, setup } = randomStream(1, 1, 2);
    const damaged = Uint8Array.from(identification);
    damaged[bit >> 3] = (damaged[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    expect(() => new VorbisPacketDecoder(damaged, setup)).toThrow(RangeError);
  });

  it("refuses every truncated setup header", () => {
    const { identification, setup } = randomStream(2, 0, 4);
    for (let length = 0; length < setup.length; length += 11)
      expect(() => new VorbisPacketDecoder(identification, setup.subarray(0, length))).toThrow(RangeError);
  });
});
