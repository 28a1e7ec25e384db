import { readFileSync } from "node:fs";
import { join } from "node:path";
import { makeTransportStream, oddMediaFolder, splitAdts } from "@asterite/testkit";
import { describe, expect, it } from "vitest";
import type { BitWriter } from "../decoders/bit-writer.test-support.ts";
import {
  type DecodedTrack,
  decodeAll,
  inPieces,
  liveBytes,
  maxDifference,
  mediaFile,
  memoryBytes,
  remoteBytes,
} from "../media.test-support.ts";
import { openMedia } from "../open-media.ts";
import { readFacts } from "../read-facts.ts";
import {
  aacPackets,
  audioConfig,
  latmForms,
  playDamagedLoas,
  writeLoas,
} from "./latm-writer.test-support.ts";

const decode = async (content: Uint8Array): Promise<DecodedTrack> =>
  await decodeAll(await openMedia(memoryBytes(content)));
const joined = (frames: readonly Uint8Array[]): Buffer => Buffer.concat(frames);
const expectSame = (found: DecodedTrack, wanted: DecodedTrack, from = 0): void => {
  expect(found.channels).toHaveLength(wanted.channels.length);
  for (const [index, samples] of wanted.channels.entries())
    expect(maxDifference(found.channels[index] ?? new Float32Array(0), samples.subarray(from))).toBe(0);
};

describe.each(latmForms)("AAC in LATM %s", (_name, form) => {
  it("is decoded as in ADTS, with its length and seeks", async () => {
    // An even number of packets.
    const count = aacPackets.length & ~1;
    const content = joined(writeLoas(aacPackets.slice(0, count), form));
    const facts = { container: "latm", codec: "aac", sampleRate: 44_100, channels: 2, seekable: true };
    expect(await readFacts(memoryBytes(content))).toMatchObject({ ...facts, isDurationEstimated: false });
    expect(await readFacts(remoteBytes(content))).toMatchObject({ ...facts, isDurationEstimated: true });
    const stream = await openMedia(memoryBytes(content));
    const whole = await decodeAll(stream);
    expectSame(whole, await decode(joined(splitAdts(mediaFile("tones.aac")).slice(0, count))));
    expect(stream.facts.durationMs).toBe(Math.round(((whole.channels[0]?.length ?? 0) * 1_000) / 44_100));
    for (const positionMs of [2_500, 40, 1_000]) {
      await stream.seek(positionMs);
      expectSame(await decodeAll(stream), whole, Math.round(positionMs * 44.1));
    }
  });
});

describe("a stream in LATM", () => {
  const frames = writeLoas(aacPackets);

  it("begins with the first configuration, and goes on behind damage", async () => {
    const plain = await decode(mediaFile("tones.aac"));
    const radio = liveBytes(inPieces(joined([Buffer.alloc(50, 0x56), ...frames.slice(3)]), 700), {
      contentType: "audio/aac",
      endless: true,
    });
    const stream = await openMedia(radio);
    expect(stream.facts).toMatchObject({ container: "latm", seekable: false, durationMs: null });
    const live = await decodeAll(stream);
    const lost = 20 * 1_024;
    const [samples = new Float32Array(0)] = live.channels;
    expect(samples).toHaveLength((plain.channels[0]?.length ?? 0) - lost);
    const settled = samples.subarray(2_048);
    expect(maxDifference(settled, plain.channels[0]?.subarray(lost + 2_048) ?? settled)).toBe(0);

    const damaged = [...frames];
    damaged[60] = Buffer.from(frames[60] ?? []).fill(0x56, 0, 30);
    damaged[61] = Buffer.alloc(211);
    const rest = await decode(joined(damaged));
    const [kept = new Float32Array(0)] = rest.channels;
    expect(kept.length).toBeGreaterThanOrEqual((frames.length - 2) * 1_024);
    const tail = kept.subarray(-40 * 1_024);
    expect(maxDifference(tail, plain.channels[0]?.subarray(-40 * 1_024) ?? tail)).toBe(0);
  });

  it("goes on with another configuration, and seeks to both sides of the change", async () => {
    // The same packets at another rate have other bands, which is as good as another stream.
    const other = joined(writeLoas(aacPackets, { config: audioConfig(2, 3, 2), version: 1 }));
    const stream = await openMedia(memoryBytes(joined([...frames, other])));
    const seconds = frames.length * 1_024 * (1 / 44_100 + 1 / 48_000);
    expect(stream.facts.durationMs).toBe(Math.round(seconds * 1_000));
    const alone = await decode(other);
    const before = await decode(joined(frames));
    const read = async () => {
      const parts = new Map<number, number[]>();
      for (let chunk = await stream.read(); chunk; chunk = await stream.read())
        if (chunk.type === "pcm")
          parts.set(chunk.sampleRate, [...(parts.get(chunk.sampleRate) ?? []), ...(chunk.channels[0] ?? [])]);
      return (rate: number) => Float32Array.from(parts.get(rate) ?? []);
    };
    const all = await read();
    expect(all(44_100)).toEqual(before.channels[0]);
    expect(all(48_000)).toEqual(alone.channels[0]);
    const change = (frames.length * 1_024) / 44_100;
    await stream.seek(1_000 * (change + 1));
    const late = await read();
    expect(late(44_100)).toHaveLength(0);
    expect(late(48_000)).toEqual(alone.channels[0]?.subarray(48_000));
    await stream.seek(2_000);
    const early = await read();
    expect(early(44_100)).toEqual(before.channels[0]?.subarray(88_200));
    expect(early(48_000)).toEqual(alone.channels[0]);
  });

  it("with spectral band replication has twice the rate, announced or not", async () => {
    const file = readFileSync(join(oddMediaFolder, "he-aac.aac"));
    const plain = await decode(file);
    const packets = splitAdts(file).map((frame) => frame.subarray((frame[1] ?? 0) & 1 ? 7 : 9));
    const announced = (bits: BitWriter) =>
      bits.write(5, 5).write(8, 4).write(2, 4).write(5, 4).write(2, 5).write(0, 3);
    for (const config of [announced, audioConfig(2, 8, 2)]) {
      const content = joined(writeLoas(packets, { config }));
      const found = await decode(content);
      expect(found.sampleRate).toBe(32_000);
      expectSame(found, plain);
      const { durationMs } = await readFacts(memoryBytes(content));
      expect(durationMs).toBe(Math.round((plain.channels[0]?.length ?? 0) / 32));
    }
  });

  it("of another kind of AAC is refused by name, also where it follows", async () => {
    const shortFrames = (bits: BitWriter) => bits.write(2, 5).write(4, 4).write(2, 4).write(4, 3);
    for (const config of [audioConfig(1, 4, 2), shortFrames]) {
      const message = "AAC in LATM is only supported with low complexity.";
      const refused = writeLoas(aacPackets, { config });
      const opening = openMedia(memoryBytes(joined(refused)));
      await expect(opening).rejects.toMatchObject({ name: "TrackError", message });
      const stream = await openMedia(memoryBytes(joined([...frames, ...refused])));
      await expect(decodeAll(stream)).rejects.toThrow(message);
    }
  });

  it("is read from a transport stream, whichever framing its type announces", async () => {
    const plain = await decode(mediaFile("tones.aac"));
    for (const [streamType, packed] of [
      [0x11, frames],
      [0x0f, frames],
      [0x11, splitAdts(mediaFile("tones.aac"))],
    ] as const) {
      const content = makeTransportStream({ frames: packed, frameSeconds: 1_024 / 44_100, streamType });
      const stream = await openMedia(memoryBytes(content));
      expect(stream.facts).toMatchObject({
        container: packed === frames ? "mpegts" : "mpegts-adts",
        durationMs: Math.round((frames.length * 1_024_000) / 44_100),
      });
      expectSame(await decodeAll(stream), plain);
      expectSame(await decodeAll(await openMedia(liveBytes(inPieces(content)))), plain);
      await stream.seek(1_500);
      expectSame(await decodeAll(stream), plain, 66_150);
    }
  });

  it("plays or is refused if it is damaged, without other effects", async () => {
    await playDamagedLoas(0, 60);
  });
});
