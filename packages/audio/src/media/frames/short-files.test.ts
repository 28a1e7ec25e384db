import { describe, expect, it } from "vitest";
import { adtsSyntax } from "../adts/frame-header.ts";
import { decodeAll, inPieces, liveBytes, mediaFile, memoryBytes } from "../media.test-support.ts";
import { mpegSyntax } from "../mpeg/frame-header.ts";
import { openMedia } from "../open-media.ts";
import { framesOf } from "../unmeasured.test-support.ts";
import type { FrameHeader, FrameSyntax } from "./frame-walker.ts";

/** Returns the first frames of a file without a container. */
function firstFrames<H extends FrameHeader>(file: Buffer, syntax: FrameSyntax<H>): Buffer[] {
  const frames: Buffer[] = [];
  for (let at = 0; frames.length < 10; at += frames.at(-1)?.length ?? 0)
    frames.push(file.subarray(at, at + (syntax.read(file, at)?.bytes ?? 0)));
  return frames;
}

const tagInFront = Buffer.from("ID3\x03\0\0\0\0\0\x13TIT2\0\0\0\x09\0\0\0In front", "latin1");
const tagBehind = Buffer.from("TAGBehind".padEnd(128, "\0"), "latin1");

describe.each([
  ["mp3", firstFrames(framesOf("tones.mp3"), mpegSyntax), 1_152],
  ["AAC", firstFrames(Buffer.from(mediaFile("tones.aac")), adtsSyntax), 1_024],
] as const)("a file of few frames of %s", (_codec, frames, samples) => {
  const many = Buffer.concat([...frames]);

  it.each([1, 2, 3])("is heard: %i", async (count) => {
    const [expected] = (await decodeAll(await openMedia(memoryBytes(many)))).channels;
    const few = Buffer.concat(frames.slice(0, count));
    const sources = [
      few,
      Buffer.concat([tagInFront, few]),
      Buffer.concat([few, tagBehind]),
      Buffer.concat([Buffer.alloc(100), few]),
    ];
    for (const source of sources)
      for (const bytes of [memoryBytes(source), liveBytes(inPieces(source, 100))]) {
        const stream = await openMedia(bytes);
        if (bytes.type === "random")
          expect(stream.facts.durationMs).toBe(Math.round((1_000 * count * samples) / 44_100));
        const [heard] = (await decodeAll(stream)).channels;
        expect(heard).toEqual(expected?.subarray(0, count * samples));
      }
  });

  it("is heard up to a truncated frame", async () => {
    const [first = Buffer.alloc(0), second = Buffer.alloc(0)] = frames;
    const bytes = Buffer.concat([first, second.subarray(0, 100)]);
    const { channels } = await decodeAll(await openMedia(memoryBytes(bytes)));
    expect(channels[0]).toHaveLength(samples);
  });

  it("is refused if it has no whole frame, or other bytes follow the first one", async () => {
    const [first = Buffer.alloc(0)] = frames;
    for (const bytes of [first.subarray(0, -1), Buffer.concat([first, Buffer.from("other bytes".repeat(9))])])
      await expect(openMedia(memoryBytes(bytes))).rejects.toThrow("Unknown file format.");
  });
});
