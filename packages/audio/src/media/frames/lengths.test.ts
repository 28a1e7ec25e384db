import { readFileSync } from "node:fs";
import { mp3At48000 } from "@asterite/testkit";
import { describe, expect, it } from "vitest";
import { amplitude, decodeAll, mediaFile, memoryBytes, remoteBytes } from "../media.test-support.ts";
import { openMedia } from "../open-media.ts";
import { readFacts } from "../read-facts.ts";

/** Returns the frames of an mp3 file without its tag and information frame. */
function framesOf(name: "tones.mp3" | "tones-vbr.mp3"): Buffer {
  const bytes = Buffer.from(mediaFile(name));
  const info = Math.max(bytes.indexOf("Info"), bytes.indexOf("Xing"));
  return bytes.subarray(bytes.indexOf(Buffer.of(0xff, 0xfb), info));
}

const vbr = framesOf("tones-vbr.mp3");
const cbr = framesOf("tones.mp3");
const other = readFileSync(mp3At48000);

describe("an mp3 file without an information frame", () => {
  it("has the length of all its frames", async () => {
    const facts = await readFacts(memoryBytes(vbr));
    const { channels } = await decodeAll(await openMedia(memoryBytes(vbr)));
    expect(facts).toMatchObject({ isDurationEstimated: false });
    expect(facts.durationMs).toBe(Math.round(((channels[0]?.length ?? 0) * 1000) / 44_100));
    expect(facts.durationMs).toBeGreaterThan(2990);
  });

  it.each([
    ["varying", vbr],
    ["constant", cbr],
  ])("has an estimated length by the %s bit rate if it is not local", async (_what, frames) => {
    const bytes = Buffer.concat(Array.from({ length: 30 }, () => frames));
    const facts = await readFacts(remoteBytes(bytes));
    expect(facts).toMatchObject({ isDurationEstimated: true, seekable: true });
    expect(Math.abs((facts.durationMs ?? 0) - 91_000)).toBeLessThan(3000);
  });

  it("is not read whole if it is not local", async () => {
    const source = remoteBytes(Buffer.concat(Array.from({ length: 300 }, () => vbr)));
    await readFacts(source);
    expect(source.bytesRead).toBeLessThan(source.size / 10);
  });
});

describe("joined mp3 files", () => {
  it("are heard whole although the first has an information frame, and tags are in between", async () => {
    const part = Buffer.from(mediaFile("tones-vbr.mp3"));
    const joined = Buffer.concat(Array.from({ length: 4 }, () => part));
    const facts = await readFacts(memoryBytes(joined));
    const { channels } = await decodeAll(await openMedia(memoryBytes(joined)));
    const seconds = (channels[0]?.length ?? 0) / 44_100;
    expect(seconds).toBeGreaterThan(12);
    expect(seconds).toBeLessThan(12.6);
    expect(facts.durationMs).toBe(Math.round(seconds * 1000));
  });

  it("are heard whole although the part behind the counted one is short", async () => {
    const part = Buffer.from(mediaFile("tones-vbr.mp3"));
    const short = cbr.subarray(0, 12_000);
    const { channels } = await decodeAll(await openMedia(memoryBytes(Buffer.concat([part, short]))));
    expect((channels[0]?.length ?? 0) / 44_100).toBeGreaterThan(4.3);
  });

  it("keep the length of the information frame if only a tag follows", async () => {
    const bytes = Buffer.concat([
      mediaFile("tones.mp3"),
      Buffer.from("APETAGEX"),
      Buffer.alloc(100_000, 0xff),
    ]);
    expect(await readFacts(memoryBytes(bytes))).toMatchObject({ durationMs: 3000 });
  });

  it("go on where the sample rate changes", async () => {
    const stream = await openMedia(memoryBytes(Buffer.concat([cbr, other])));
    const heard = new Map<number, Float32Array[]>();
    for (let chunk = await stream.read(); chunk; chunk = await stream.read()) {
      if (chunk.type !== "pcm") throw new Error("unexpected packets");
      const [left = new Float32Array(0)] = chunk.channels;
      heard.set(chunk.sampleRate, [...(heard.get(chunk.sampleRate) ?? []), left]);
    }
    const joined = (rate: number) => Float32Array.from((heard.get(rate) ?? []).flatMap((part) => [...part]));
    expect([...heard.keys()]).toEqual([44_100, 48_000]);
    expect(joined(44_100).length / 44_100).toBeGreaterThan(2.98);
    expect(joined(48_000).length / 48_000).toBeGreaterThan(0.97);
    expect(amplitude(joined(48_000).subarray(9_600, 43_200), 440, 48_000)).toBeGreaterThan(0.23);
    expect((stream.facts.durationMs ?? 0) / 1000).toBeCloseTo(4.1, 0);
  });
});

it("an AAC file without a container has the length of all its frames", async () => {
  const bytes = mediaFile("tones.aac");
  const { channels } = await decodeAll(await openMedia(memoryBytes(bytes)));
  const durationMs = Math.round(((channels[0]?.length ?? 0) * 1000) / 44_100);
  expect(await readFacts(memoryBytes(bytes))).toMatchObject({ durationMs, isDurationEstimated: false });
  expect(await readFacts(remoteBytes(bytes))).toMatchObject({ isDurationEstimated: true });
});
