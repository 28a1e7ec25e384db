import { expect, it } from "vitest";
import { FreeFormatConverter } from "../decoders/mpeg/free-format.ts";
import { decodeAll, maxDifference, mediaFile, memoryBytes } from "../media.test-support.ts";
import { openMedia } from "../open-media.ts";
import { id3 } from "../tags/tags.test-support.ts";
import { mpegSyntax } from "./frame-header.ts";
import { findFreeFormat } from "./free-format.ts";

/** Frames of a constant bit rate, without the information frame, which are those of a free format with another index. */
function frames(): Buffer {
  const bytes = Buffer.from(mediaFile("tones.mp3"));
  return bytes.subarray(bytes.indexOf(Buffer.of(0xff, 0xfb), bytes.indexOf("Info")));
}

function freeFrames(): Buffer {
  const bytes = Buffer.from(frames());
  for (let at = 0; at < bytes.length; ) {
    const header = mpegSyntax.read(bytes, at);
    if (!header) break;
    bytes[at + 2] = (bytes[at + 2] ?? 0) & 0x0f;
    at += header.bytes;
  }
  return bytes;
}

it.each([
  ["at the start", Buffer.alloc(0)],
  ["behind a tag", id3(3, [["TIT2", Buffer.from("\0Free")]])],
  [
    "behind the end of another frame",
    Buffer.from([0xff, 0xfb, 0, 0xff, 0xfb, 0x04, ...new Array(400).fill(7)]),
  ],
])("plays the free format %s", async (_where, lead) => {
  const [plain, free] = [
    await openMedia(memoryBytes(frames())),
    await openMedia(memoryBytes(Buffer.concat([lead, freeFrames()]))),
  ];
  expect(free.facts).toMatchObject({ codec: "mp3", seekable: true, isDurationEstimated: false });
  expect(free.facts.durationMs).toBe(plain.facts.durationMs);
  const [expected, played] = [await decodeAll(plain), await decodeAll(free)];
  expect(played.channels[0]?.length).toBe(expected.channels[0]?.length);
  for (const [channel, samples] of expected.channels.entries())
    expect(maxDifference(played.channels[channel] ?? samples.subarray(0, 1), samples)).toBeLessThan(1e-5);
  await free.seek(1_500);
  const part = await decodeAll(free, 4_096);
  const from = Math.round(1.5 * free.facts.sampleRate);
  const there = expected.channels[0]?.subarray(from, from + 4_096) ?? new Float32Array(0);
  expect(maxDifference(part.channels[0]?.subarray(0, 4_096) ?? there.subarray(0, 1), there)).toBeLessThan(
    1e-5,
  );
});

it("finds no free format in other bytes", () => {
  expect(findFreeFormat(frames())).toBeUndefined();
  expect(findFreeFormat(new Uint8Array(8_192).fill(0xff))).toBeUndefined();
  expect(findFreeFormat(new Uint8Array(0))).toBeUndefined();
});

it("converts no frame that lacks its data", () => {
  const bytes = freeFrames();
  const syntax = findFreeFormat(bytes);
  const length = syntax?.read(bytes, 0)?.bytes ?? 0;
  const frame = bytes.subarray(0, length);
  expect(new FreeFormatConverter().convert(frame)?.length).toBeGreaterThan(1_000);
  for (const damaged of [frame.subarray(0, 20), frame.subarray(0, 3), new Uint8Array(0)])
    expect(new FreeFormatConverter().convert(damaged)).toBeUndefined();
  // The main data begins before the first frame.
  const dependent = Buffer.from(frame);
  dependent[4] = 10;
  expect(new FreeFormatConverter().convert(dependent)).toBeUndefined();
});
