import { describe, expect, it } from "vitest";
import { decodeAll, maxDifference, mediaFile, memoryBytes } from "../media.test-support.ts";
import type { MediaStream } from "../media-stream.ts";
import { openMedia } from "../open-media.ts";
import { findBlock } from "./find-block.ts";

/** A file with a single cluster. */
const whole = Buffer.from(mediaFile("tones-vorbis.webm"));
const clusterId = Buffer.from("1f43b675", "hex");
const open = (bytes: Uint8Array): Promise<MediaStream> => openMedia(memoryBytes(bytes));

/** Positions of the blocks of a file. */
function blocksOf(bytes: Buffer): number[] {
  const positions: number[] = [];
  let at = bytes.indexOf(clusterId);
  for (;;) {
    const found = findBlock(bytes.subarray(at), 1, true);
    if (found === undefined) return positions;
    positions.push(at + found);
    at += found + 1;
  }
}

const simpleBlock = (track: number, content: string): Buffer => {
  const data = Buffer.concat([Buffer.from([0x80 | track, 0, 1, 0x80]), Buffer.from(content)]);
  return Buffer.concat([Buffer.from([0xa3, 0x80 | data.length]), data]);
};

describe("behind damage in its only cluster", () => {
  it("a Matroska file plays on at the next block, and loses no other", async () => {
    const blocks = blocksOf(whole);
    const { channels, sampleRate } = await decodeAll(await open(whole));
    const total = channels[0]?.length ?? 0;
    expect(blocks.length).toBeGreaterThan(100);
    for (const part of [0.25, 0.5, 0.75]) {
      const from = blocks[Math.floor(part * blocks.length)] ?? 0;
      // The id and the length of a block, and then all of two blocks.
      for (const length of [2, (blocks[Math.floor(part * blocks.length) + 2] ?? 0) - from - 1]) {
        const bytes = Buffer.from(whole).fill(0, from, from + length);
        const stream = await open(bytes);
        const left = (await decodeAll(stream)).channels[0] ?? new Float32Array();
        expect(total - left.length).toBeLessThan(0.15 * sampleRate);
        // The end of the audio is where it was.
        const tail = Math.round(0.2 * total);
        expect(maxDifference(left.subarray(-tail), channels[0]?.subarray(-tail) ?? left)).toBeLessThan(1e-4);
        await stream.seek(2_500);
        const rest = (await decodeAll(stream)).channels[0] ?? new Float32Array();
        expect(Math.abs(rest.length - (total - 2.5 * sampleRate))).toBeLessThan(2);
      }
    }
  });
});

describe("findBlock", () => {
  const junk = Buffer.from("\xa3\x85 \xa0 what looks like a block \xa3".repeat(5), "latin1");

  it("finds a block in front of another element, or of the end of the file", () => {
    const one = simpleBlock(1, "a packet");
    expect(findBlock(Buffer.concat([junk, one, one]), 1, false)).toBe(junk.length);
    expect(findBlock(Buffer.concat([junk, one, clusterId]), 1, false)).toBe(junk.length);
    expect(findBlock(Buffer.concat([junk, one]), 1, true)).toBe(junk.length);
    const group = Buffer.concat([
      Buffer.from([0xa0, 0x80 | one.length]),
      Buffer.from([0xa1]),
      one.subarray(1),
    ]);
    expect(findBlock(Buffer.concat([junk, group, one]), 1, false)).toBe(junk.length);
  });

  it("passes over what may be chance: other tracks, incomplete blocks, and blocks that nothing follows", () => {
    const one = simpleBlock(1, "a packet");
    expect(findBlock(Buffer.concat([simpleBlock(2, "video"), junk]), 1, true)).toBeUndefined();
    expect(findBlock(one, 1, false)).toBeUndefined();
    expect(findBlock(one.subarray(0, -1), 1, true)).toBeUndefined();
    expect(findBlock(Buffer.concat([one, junk]), 1, true)).toBeUndefined();
    expect(findBlock(junk, 1, true)).toBeUndefined();
  });
});
