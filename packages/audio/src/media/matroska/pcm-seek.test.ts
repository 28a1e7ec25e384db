import { expect, it } from "vitest";
import { decodeAll, memoryBytes } from "../media.test-support.ts";
import { openMedia } from "../open-media.ts";
import { element } from "./matroska.test-support.ts";
import { ids } from "./segment.ts";

const seconds = 12;
const clusterMs = 2_000;
/** Distinct for more samples than positions may be wrong by. */
const valueAt = (sample: number): number => (sample % 30_011) - 15_000;

const float64 = (value: number): Buffer => {
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleBE(value);
  return bytes;
};
const uint32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
};

/** Returns a file of PCM whose samples tell their position, in blocks of given sizes with times rounded to ms. */
function pcmFile(sampleRate: number, sizeOf: (block: number) => number): Buffer {
  const clusters = new Map<number, Buffer[]>();
  const total = seconds * sampleRate;
  for (let start = 0, block = 0; start < total; start += sizeOf(block), block++) {
    const size = Math.min(sizeOf(block), total - start);
    const header = Buffer.from([0x81, 0, 0, 0x80]);
    const timeMs = Math.round((1_000 * start) / sampleRate);
    const cluster = Math.floor(timeMs / clusterMs);
    header.writeInt16BE(timeMs - cluster * clusterMs, 1);
    const samples = Buffer.alloc(2 * size);
    for (let index = 0; index < size; index++) samples.writeInt16LE(valueAt(start + index), 2 * index);
    clusters.set(cluster, [...(clusters.get(cluster) ?? []), element(ids.simpleBlock, header, samples)]);
  }
  const audio = element(
    0xe1,
    element(0xb5, float64(sampleRate)),
    element(0x9f, Uint8Array.of(1)),
    element(0x6264, Uint8Array.of(16)),
  );
  const track = [
    element(0xd7, Uint8Array.of(1)),
    element(0x83, Uint8Array.of(2)),
    element(0x86, "A_PCM/INT/LIT"),
    audio,
  ];
  return Buffer.concat([
    element(ids.ebml, element(0x4282, "matroska")),
    element(
      ids.segment,
      element(
        ids.info,
        element(ids.timestampScale, uint32(1_000_000)),
        element(ids.duration, float64(1_000 * seconds)),
      ),
      element(ids.tracks, element(0xae, ...track)),
      ...Array.from(clusters, ([cluster, blocks]) =>
        element(ids.cluster, element(ids.timestamp, uint32(cluster * clusterMs)), ...blocks),
      ),
    ),
  ]);
}

/** Returns by how many samples each of several seeks misses its position. */
async function missesOf(file: Buffer, sampleRate: number): Promise<number[]> {
  const stream = await openMedia(memoryBytes(file));
  const misses: number[] = [];
  for (const position of [7.3, 2.001, 10.77, 4, 5.123]) {
    await stream.seek(1_000 * position);
    const [samples] = (await decodeAll(stream)).channels;
    const found = Math.round((samples?.[0] ?? 0) * 32_768);
    const target = Math.round(position * sampleRate);
    const near = Array.from({ length: 401 }, (_, index) => target - 200 + index);
    const start = near.find((sample) => valueAt(sample) === found);
    expect(start, `start at ${position} s`).toBeDefined();
    misses.push(Math.abs((start ?? 0) - target));
  }
  stream.close();
  return misses;
}

it.each([11_025, 22_050, 44_100, 48_000])(
  "seeks to the sample in PCM at %i Hz, though block times are rounded to ms",
  async (sampleRate) => {
    expect(
      await missesOf(
        pcmFile(sampleRate, () => 1_024),
        sampleRate,
      ),
    ).toEqual([0, 0, 0, 0, 0]);
  },
);

it("seeks by the block times where blocks have other sizes than at the start of the file", async () => {
  const misses = await missesOf(
    pcmFile(44_100, (block) => (block < 60 ? 1_024 : 700 + (block % 5) * 111)),
    44_100,
  );
  expect(Math.max(...misses)).toBeLessThan(0.002 * 44_100);
});
