import { seededRandom } from "@asterite/testkit";
import { describe, expect, it } from "vitest";
import { decodeAll, mediaFile, memoryBytes } from "../../media.test-support.ts";
import { alacPacketSamples, readAlacConfig } from "../../mp4/alac-config.ts";
import { openMedia } from "../../open-media.ts";
import { BitWriter } from "../bit-writer.test-support.ts";
import { AlacPacketDecoder } from "./alac-packet-decoder.ts";

const cookie = (bits: number, channels: number, frameSamples = 256): Uint8Array =>
  new BitWriter()
    .write(frameSamples, 32)
    .write(0, 8)
    .write(bits, 8)
    .write(40, 8)
    .write(10, 8)
    .write(14, 8)
    .write(channels, 8)
    .write(255, 16)
    .write(0, 64)
    .write(48_000, 32)
    .bytes();

/** Elements of a packet by number of channels: 0 is one channel, 1 a pair, 3 the low channel. */
const elements: readonly (readonly number[])[] = [
  [],
  [0],
  [1],
  [0, 1],
  [0, 1, 0],
  [0, 1, 1],
  [0, 1, 1, 3],
  [0, 1, 1, 0, 3],
  [0, 1, 1, 1, 3],
];

/** Writes a packet without coding, with elements in between that carry no audio. */
function plainPacket(channels: readonly (readonly number[])[], bits: number): Uint8Array {
  const packet = new BitWriter();
  let at = 0;
  for (const element of elements[channels.length] ?? []) {
    packet.write(6, 3).write(2, 4).write(0, 16);
    packet.write(4, 3).write(0, 4).write(1, 1).write(1, 8).align().write(0, 8);
    const own = channels.slice(at, at + (element === 1 ? 2 : 1));
    at += own.length;
    const samples = own[0]?.length ?? 0;
    packet.write(element, 3).write(0, 16).write(1, 1).write(0, 2).write(1, 1).write(samples, 32);
    for (let index = 0; index < samples; index++)
      for (const channel of own) packet.write(channel[index] ?? 0, bits);
  }
  return packet.write(7, 3).bytes();
}

const noise = (count: number, bits: number, next: () => number): number[] =>
  Array.from({ length: count }, () => Math.floor((next() - 0.5) * 2 ** bits));

describe("ALAC packets", () => {
  it.each([16, 20, 24, 32])("of %i bits and 1 to 8 channels are decoded", (bits) => {
    // The centre is coded first; the reader of the samples expects left, right, centre, low, back, side.
    const orders = [[0], [0, 1], [1, 2, 0], [1, 2, 0, 3], [1, 2, 0, 3, 4], [1, 2, 0, 5, 3, 4]];
    const more = [
      [1, 2, 0, 6, 3, 4, 5],
      [3, 4, 0, 7, 5, 6, 1, 2],
    ];
    for (const [index, order] of [...orders, ...more].entries()) {
      const next = seededRandom(10 * bits + index);
      const config = readAlacConfig(cookie(bits, order.length));
      if (!config) throw new Error("the cookie is refused");
      const channels = order.map(() => noise(200, bits, next));
      const packet = plainPacket(channels, bits);
      const decoded = new AlacPacketDecoder(config).decode(packet);
      expect(decoded).toEqual(
        order.map((coded) => Float32Array.from(channels[coded] ?? [], (sample) => sample * 2 ** (1 - bits))),
      );
    }
  });

  it("that are partial state their length", () => {
    const config = readAlacConfig(cookie(16, 1));
    if (!config) throw new Error("the cookie is refused");
    for (const count of [1, 17, 255, 256]) {
      // Without the elements in front of it, which only a decoder steps over.
      const packet = new BitWriter()
        .write(0, 19)
        .write(1, 1)
        .write(0, 2)
        .write(1, 1)
        .write(count, 32)
        .bytes();
      expect(alacPacketSamples(packet, config)).toBe(count);
    }
    expect(alacPacketSamples(new BitWriter().write(0, 56).bytes(), config)).toBe(256);
    expect(alacPacketSamples(Uint8Array.of(0, 0, 0x11, 255, 255, 255, 255), config)).toBe(256);
  });

  it("that are truncated or too long are refused", () => {
    const config = readAlacConfig(cookie(16, 2));
    if (!config) throw new Error("the cookie is refused");
    const decoder = new AlacPacketDecoder(config);
    const next = seededRandom(3);
    const packet = plainPacket([noise(100, 16, next), noise(100, 16, next)], 16);
    for (let length = 0; length < packet.length - 1; length += 9)
      expect(() => decoder.decode(packet.subarray(0, length))).toThrow(RangeError);
    expect(() => decoder.decode(plainPacket([noise(257, 16, next), noise(257, 16, next)], 16))).toThrow(
      RangeError,
    );
    expect(decoder.decode(packet)).toHaveLength(2);
  });

  it("with other depths, no channels or endless blocks have no valid cookie", () => {
    expect(readAlacConfig(cookie(17, 2))).toBeUndefined();
    expect(readAlacConfig(cookie(16, 0))).toBeUndefined();
    expect(readAlacConfig(cookie(16, 9))).toBeUndefined();
    expect(readAlacConfig(cookie(16, 2, 2 ** 31))).toBeUndefined();
    expect(readAlacConfig(cookie(16, 2).subarray(0, 23))).toBeUndefined();
  });
});

it("tones-alac.m4a is the first second of tones.flac, exactly", async () => {
  const [alac, flac] = await Promise.all(
    (["tones-alac.m4a", "tones.flac"] as const).map(
      async (name) => await decodeAll(await openMedia(memoryBytes(mediaFile(name)))),
    ),
  );
  expect(alac?.channels).toEqual(flac?.channels.map((samples) => samples.subarray(0, 44_100)));
});
