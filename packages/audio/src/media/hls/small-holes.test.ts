import { readFileSync } from "node:fs";
import { join } from "node:path";
import { loasFrames, makeTransportStream, oddMediaFolder, splitAdts } from "@asterite/testkit";
import { describe, expect, it } from "vitest";
import { decodeAll, maxDifference, memoryBytes } from "../media.test-support.ts";
import { missingPackets } from "../missing-packets.ts";
import { openMedia } from "../open-media.ts";
import { readFacts } from "../read-facts.ts";
import { aacFrames, aacInTransport, mp3Frames } from "../transport/transport.test-support.ts";
import {
  frameGroups,
  HlsSite,
  mp4Segments,
  recorded,
  segmentFrames,
  segmentSeconds,
} from "./hls.test-support.ts";
import { measureSegment } from "./segment-audio.ts";

const none = new Float32Array(0);
const frameSeconds = 1_024 / 44_100;
const wrapSeconds = 2 ** 33 / 90_000;

/** Frames that are missing in a segment: their number, from a frame on. */
interface Hole {
  readonly from: number;
  readonly count: number;
}

/** Returns a segment with a hole, whose time stamps are those of the frames. */
function segmentWith(
  frames: readonly Uint8Array[],
  startSeconds: number,
  framesPerPes: number,
  hole?: Hole,
): Buffer {
  const part = (from: number, to: number) =>
    aacInTransport(
      { startSeconds: (startSeconds + from * frameSeconds) % wrapSeconds, framesPerPes },
      frames.slice(from, to),
    );
  if (!hole) return part(0, frames.length);
  return Buffer.concat([part(0, hole.from), part(hole.from + hole.count, frames.length)]);
}

const names = Array.from({ length: 5 }, (_, index) => `${index}.ts`);

/** Plays five segments, of which the third has a hole. */
async function play(framesPerPes: number, hole?: Hole, firstSeconds = 10, declared = segmentSeconds) {
  const losses: number[] = [];
  const made = new HlsSite().add({ "index.m3u8": recorded(names, declared) });
  for (const [index, name] of names.entries()) {
    const start = firstSeconds + index * segmentSeconds;
    const frames = frameGroups[index] ?? [];
    made.add({ [name]: segmentWith(frames, start, framesPerPes, index === 2 ? hole : undefined) });
  }
  const stream = await made.open("index.m3u8", { onLoss: (_, seconds) => losses.push(seconds) });
  return { left: (await decodeAll(stream)).channels[0] ?? none, losses };
}

describe("a hole of less than a tenth of a second in a transport stream", () => {
  it.each([
    ["of a packet", 1, { from: 10, count: 1 }],
    ["of two packets", 1, { from: 7, count: 2 }],
    ["of four packets", 1, { from: 9, count: 4 }],
    ["of a packet at the end of a segment", 1, { from: segmentFrames - 1, count: 1 }],
    ["of three packets at the start of a segment", 1, { from: 0, count: 3 }],
    ["of a packet among PES packets of five", 5, { from: 10, count: 1 }],
    ["of three packets among PES packets of five", 5, { from: 10, count: 3 }],
  ])("is silent where it is, and moves nothing: %s", async (_name, framesPerPes, hole) => {
    const whole = (await play(framesPerPes)).left;
    const { left, losses } = await play(framesPerPes, hole);
    expect(losses).toEqual([]);
    expect(left.length).toBe(whole.length);
    const at = 2 * segmentFrames + hole.from;
    expect(maxDifference(left.subarray(0, at * 1_024), whole.subarray(0, at * 1_024))).toBeLessThan(0.001);
    const silent = left.subarray(at * 1_024, (at + hole.count) * 1_024);
    expect(silent.every((sample) => sample === 0)).toBe(true);
    // A decoder has settled after two frames.
    const behind = (at + hole.count + 2) * 1_024;
    expect(maxDifference(left.subarray(behind), whole.subarray(behind))).toBeLessThan(0.001);
  });

  it("is found although the durations are rounded, and the time stamps begin again", async () => {
    const hole = { from: 10, count: 1 };
    const whole = (await play(1)).left;
    expect((await play(1, hole, 10, 1)).left.length).toBe(whole.length);
    const { left } = await play(1, hole, wrapSeconds - 2.5 * segmentSeconds);
    expect(left.length).toBe(whole.length);
  });

  it("counts in the length of a segment and of a file", async () => {
    const file = segmentWith(aacFrames, 10, 2, { from: 40, count: 2 });
    const samples = aacFrames.length * 1_024;
    expect((await measureSegment(undefined, file))?.seconds).toBeCloseTo(samples / 44_100, 6);
    const stream = await openMedia(memoryBytes(file));
    expect((await decodeAll(stream)).channels[0]?.length).toBe(samples);
    expect((await readFacts(memoryBytes(file))).durationMs).toBe(Math.round((1_000 * samples) / 44_100));
    const again = await openMedia(memoryBytes(file));
    await again.seek(1_500);
    expect((await decodeAll(again)).channels[0]?.length).toBe(samples - 1.5 * 44_100);
  });
});

describe("a packet that is missing in a transport stream", () => {
  const heAac = splitAdts(readFileSync(join(oddMediaFolder, "he-aac.aac")));
  it.each([
    ["mp3", mp3Frames(), 1_152 / 48_000, 0x03],
    ["HE-AAC, at twice the rate of its headers", heAac, 2_048 / 32_000, 0x0f],
    ["AAC in LATM", loasFrames(aacFrames), frameSeconds, 0x11],
  ])("is silent: %s", async (_name, frames, seconds, streamType) => {
    const part = (from: number, to: number) =>
      makeTransportStream({
        frames: frames.slice(from, to),
        frameSeconds: seconds,
        startSeconds: 10 + from * seconds,
        framesPerPes: 2,
        streamType,
      });
    const samplesOf = async (file: Uint8Array): Promise<readonly [number, number]> => {
      const { channels, sampleRate } = await decodeAll(await openMedia(memoryBytes(file)));
      return [channels[0]?.length ?? 0, sampleRate];
    };
    const whole = await samplesOf(part(0, frames.length));
    expect(whole[0] / whole[1]).toBeCloseTo(frames.length * seconds, 1);
    expect(await samplesOf(Buffer.concat([part(0, 16), part(17, frames.length)]))).toEqual(whole);
  });
});

describe("time stamps of a transport stream", () => {
  /** Plays frames whose time stamps differ from their places by some seconds. */
  const playShifted = async (shift: (frame: number) => number): Promise<number> => {
    const packets = aacFrames.map((frame, index) =>
      aacInTransport({ startSeconds: 10 + index * frameSeconds + shift(index), framesPerPes: 1 }, [frame]),
    );
    return (await decodeAll(await openMedia(memoryBytes(Buffer.concat(packets))))).channels[0]?.length ?? 0;
  };

  it.each([
    [
      "are rounded",
      (frame: number) => Math.round(1_000 * frame * frameSeconds) / 1_000 - frame * frameSeconds,
    ],
    ["jitter by half a packet", (frame: number) => (frame % 2) * 0.5 * frameSeconds],
    ["have outliers", (frame: number) => (frame % 20 === 19 ? frameSeconds : 0)],
    ["are slow", (frame: number) => -0.002 * frame * frameSeconds],
    ["are fast", (frame: number) => 0.002 * frame * frameSeconds],
    ["are each late by a packet more", (frame: number) => frame * frameSeconds],
    ["jump", (frame: number) => (frame > 50 ? 30 : 0)],
    ["jump back", (frame: number) => (frame > 50 ? -5 : 0)],
  ])("make no silence if they %s", async (_name, shift) => {
    expect(await playShifted(shift)).toBe(aacFrames.length * 1_024);
  });
});

describe("a hole of less than a tenth of a second in fragmented MP4", () => {
  const { map, segments } = mp4Segments();

  /** Delays the fragments from one on by a time. */
  const delayed = (from: number, samples: number): readonly Buffer[] =>
    segments.map((segment, index) => {
      const bytes = Buffer.from(segment);
      const at = bytes.indexOf("tfdt") + 4;
      const place = at + 4 + (bytes.readUInt8(at) === 1 ? 4 : 0);
      if (index >= from) bytes.writeUInt32BE(bytes.readUInt32BE(place) + samples, place);
      return bytes;
    });

  const open = async (files: readonly Buffer[]): Promise<Float32Array> => {
    const made = new HlsSite().add({ "init.mp4": map });
    const parts = files.map((_, index) => `${index}.m4s`);
    const seconds = await Promise.all(
      segments.map(async (segment) => (await measureSegment(map, segment))?.seconds ?? 0),
    );
    made.add({ "index.m3u8": recorded(parts, seconds, '#EXT-X-MAP:URI="init.mp4"\n') });
    for (const [index, name] of parts.entries()) made.add({ [name]: files[index] ?? Buffer.alloc(0) });
    return (await decodeAll(await made.open())).channels[0] ?? none;
  };

  it.each([1, 2, 4])("is silent where it is, and moves nothing: %i packets", async (count) => {
    const whole = await open(segments);
    const left = await open(delayed(2, count * 1_024));
    expect(left.length).toBe(whole.length + count * 1_024);
    const at = left.length - 4_096;
    expect(maxDifference(left.subarray(at), whole.subarray(at - count * 1_024))).toBeLessThan(0.001);
  });

  it("is none if the times are rounded", async () => {
    expect((await open(delayed(2, 500))).length).toBe((await open(segments)).length);
  });
});

it("consists of silent packets of Opus beside such", () => {
  const format = { codec: "opus", sampleRate: 48_000, channels: 2, gainDb: 0 } as const;
  const packets = missingPackets(format, 4_800, 3, 960);
  expect(packets.map(({ start, samples }) => [start, samples])).toEqual([
    [4_800, 960],
    [5_760, 960],
    [6_720, 960],
  ]);
});
