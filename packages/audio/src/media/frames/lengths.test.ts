import { readFileSync } from "node:fs";
import { join } from "node:path";
import { mp3At48000, oddMediaFolder } from "@asterite/testkit";
import { describe, expect, it } from "vitest";
import {
  amplitude,
  decodeAll,
  maxDifference,
  mediaFile,
  memoryBytes,
  remoteBytes,
} from "../media.test-support.ts";
import type { MediaStream } from "../media-stream.ts";
import { openMedia } from "../open-media.ts";
import { readFacts } from "../read-facts.ts";
import { framesOf } from "../unmeasured.test-support.ts";

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
    const frames = joined(44_100).length / 44_100 + joined(48_000).length / 48_000;
    expect(stream.facts.durationMs).toBe(Math.round(frames * 1_000));
  });

  it("seek exactly on both sides of changes of the sample rate and of the number of channels", async () => {
    const low = readFileSync(join(oddMediaFolder, "ad-22050-mono.mp3"));
    const read = async (stream: MediaStream) => {
      const chunks: { readonly sampleRate: number; readonly samples: Float32Array }[] = [];
      for (let chunk = await stream.read(); chunk; chunk = await stream.read())
        if (chunk.type === "pcm")
          chunks.push({ sampleRate: chunk.sampleRate, samples: chunk.channels[0] ?? new Float32Array(0) });
      return (rate: number) =>
        Float32Array.from(
          chunks.flatMap(({ sampleRate, samples }) => (sampleRate === rate ? [...samples] : [])),
        );
    };
    // The window of a source that is not local has not counted the frames when it seeks.
    for (const make of [memoryBytes, remoteBytes]) {
      const stream = await openMedia(make(Buffer.concat([cbr, low, other])));
      await stream.seek(4_500);
      await read(stream);
      await stream.seek(0);
      const whole = await read(stream);
      const rates = [44_100, 22_050, 48_000];
      let begin = 0;
      for (const rate of rates) {
        const samples = whole(rate);
        const positionMs = Math.ceil(1_000 * begin) + 500;
        await stream.seek(positionMs);
        const part = await read(stream);
        const from = Math.round((positionMs * rate) / 1_000) - Math.round(begin * rate);
        expect(maxDifference(part(rate), samples.subarray(from)), `${rate} Hz`).toBeLessThan(1e-4);
        for (const later of rates.slice(rates.indexOf(rate) + 1)) expect(part(later)).toEqual(whole(later));
        begin += samples.length / rate;
      }
      stream.close();
    }
  });
});

it("an AAC file without a container has the length of all its frames", async () => {
  const bytes = mediaFile("tones.aac");
  const { channels } = await decodeAll(await openMedia(memoryBytes(bytes)));
  const durationMs = Math.round(((channels[0]?.length ?? 0) * 1000) / 44_100);
  expect(await readFacts(memoryBytes(bytes))).toMatchObject({ durationMs, isDurationEstimated: false });
  expect(await readFacts(remoteBytes(bytes))).toMatchObject({ isDurationEstimated: true });
});
