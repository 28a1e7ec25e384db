import { describe, expect, it } from "vitest";
import { oggStream, type RandomStream, randomStream } from "../decoders/vorbis/random-stream.test-support.ts";
import { readVorbisSetup } from "../decoders/vorbis/setup.ts";
import { decodeAll, memoryBytes } from "../media.test-support.ts";
import { openMedia } from "../open-media.ts";
import { isVorbisAudio, readVorbisBlocks } from "./vorbis-blocks.ts";

const decode = async (stream: RandomStream): Promise<readonly Float32Array[]> =>
  (await decodeAll(await openMedia(memoryBytes(oggStream(stream))))).channels;

describe("readVorbisBlocks", () => {
  it.each([1, 2, 3, 4])("finds the modes that the whole header has, seed %i", (seed) => {
    const { identification, setup, packets, samples } = randomStream(seed, 1, 2);
    const blocks = readVorbisBlocks(identification, setup);
    const { modes, blockSizes } = readVorbisSetup(identification, setup);
    expect(blocks?.grid).toBe(blockSizes[0] / 4);
    const sizes = packets.map((packet) => blockSizes[modes[((packet[0] ?? 0) >> 1) & 3]?.isLong ? 1 : 0]);
    const expected = sizes.map((size, index) => (index === 0 ? 0 : (size + (sizes[index - 1] ?? 0)) / 4));
    expect(packets.map((packet, index) => blocks?.samples(packet, packets[index - 1]))).toEqual(expected);
    expect(expected.reduce((sum, count) => sum + count, 0)).toBe(samples);
  });
});

it("packets without audio neither sound nor move the next one", async () => {
  const stream = randomStream(2, 1, 2);
  const without = await decode(stream);
  expect(without[0]?.length).toBe(stream.samples);
  const silent = [new Uint8Array(0), Uint8Array.of(1, 0x76, 0x6f)];
  expect(silent.map(isVorbisAudio)).toEqual([false, false]);
  const packets = stream.packets.flatMap((packet, index) =>
    index % 9 === 1 || index > stream.packets.length - 3 ? [...silent, packet] : [packet],
  );
  expect(await decode({ ...stream, packets })).toEqual(without);
});
