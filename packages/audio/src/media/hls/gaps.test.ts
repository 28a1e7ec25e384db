import { describe, expect, it } from "vitest";
import { decodeAll, maxDifference } from "../media.test-support.ts";
import type { MediaChunk, MediaFacts } from "../media-stream.ts";
import { aacFrames, aacInTransport } from "../transport/transport.test-support.ts";
import {
  frameGroups,
  HlsSite,
  mp4Segments,
  packedSegment,
  recorded,
  segmentFrames,
  segmentSeconds,
  transportSegment,
} from "./hls.test-support.ts";
import { hlsLimits } from "./hls-limits.ts";
import { measureSegment } from "./segment-audio.ts";
import { SilentRun } from "./silent-run.ts";

const none = new Float32Array(0);
const length = segmentFrames * 1_024;

/** Returns a stream of six segments, of which some are missing on the server, which announces them or does not. */
function site(gaps: readonly number[], isAnnounced = true): HlsSite {
  const made = new HlsSite();
  const lines = Array.from({ length: 6 }, (_, index) => {
    if (!gaps.includes(index))
      made.add({ [`${index}.ts`]: transportSegment(index % (frameGroups.length - 1)) });
    return isAnnounced && gaps.includes(index) ? `#EXT-X-GAP\n${index}.ts` : `${index}.ts`;
  });
  return made.add({ "index.m3u8": recorded(lines) });
}

/** Returns which segments are silent, by the middle of each. */
const silentIn = (samples: Float32Array): readonly number[] =>
  Array.from({ length: Math.round(samples.length / length) }, (_, index) => index).filter((index) =>
    samples.subarray((index + 0.3) * length, (index + 0.7) * length).every((sample) => sample === 0),
  );

describe("segments that cannot be loaded", () => {
  const open = async (made: HlsSite, options: Parameters<HlsSite["open"]>[1] = {}) => {
    const losses: (readonly [message: string, seconds: number])[] = [];
    const onLoss = (error: unknown, seconds: number) => losses.push([String(error), seconds]);
    return { stream: await made.open("index.m3u8", { onLoss, ...options }), losses };
  };
  const missing = "TrackError: The server responded with status 404.";

  it.each([[[0]], [[0, 1]], [[2, 3]], [[1, 3]], [[1, 2, 3, 4]]])(
    "are silence of their length, and reported: %j",
    async (lost) => {
      const { stream, losses } = await open(site(lost, false));
      const [left = none] = (await decodeAll(stream)).channels;
      expect(left.length).toBe(6 * length);
      expect(silentIn(left)).toEqual(lost);
      const seconds = losses.reduce((sum, [, lostSeconds]) => sum + lostSeconds, 0);
      expect(seconds).toBeCloseTo(lost.length * segmentSeconds);
      expect(losses.every(([message]) => message === missing)).toBe(true);
      for (const target of [2.5, 4.2, 0]) {
        await stream.seek(1_000 * target * segmentSeconds);
        const [rest = none] = (await decodeAll(stream)).channels;
        expect(Math.abs(rest.length - (6 - target) * length)).toBeLessThan(4);
      }
      stream.close();
    },
  );

  it.each([
    ["an empty body", ""],
    ["a page", "<!doctype html><title>Busy</title>"],
  ])("are those in whose place the server sends %s", async (_name, content) => {
    const { stream, losses } = await open(
      site([2]).add({ "index.m3u8": site([], false).files.get("index.m3u8") ?? "", "2.ts": content }),
    );
    const [left = none] = (await decodeAll(stream)).channels;
    expect(left.length).toBe(6 * length);
    expect(silentIn(left)).toEqual([2]);
    expect(losses).toEqual([
      ["TrackError: The server sent no audio in the place of a segment.", expect.closeTo(segmentSeconds)],
    ]);
  });

  it("in front of a gap are part of it", async () => {
    const made = site([2]);
    made.files.delete("1.ts");
    const [left = none] = (await decodeAll((await open(made)).stream)).channels;
    expect(left.length).toBe(6 * length);
    expect(silentIn(left)).toEqual([1, 2]);
  });

  it("at the end end the track with the error", async () => {
    await expect(decodeAll((await open(site([4, 5], false))).stream)).rejects.toThrow("status 404");
  });

  it("are not more than a minute, or the track ends", async () => {
    const { stream } = await open(site([2, 3], false), { limits: { lostSeconds: 1.5 * segmentSeconds } });
    await expect(decodeAll(stream)).rejects.toThrow("status 404");
    expect(hlsLimits.lostSeconds).toBe(60);
  });
});

describe("damaged segments", () => {
  const count = 4;
  const seconds = (aacFrames.length * 1_024) / 44_100;
  const whole = aacInTransport({}, aacFrames);
  const garbage = (bytes: number) => Buffer.alloc(bytes, "no audio at all; ");
  const cut = whole.subarray(0, whole.length / 2);
  const opened = async (files: Readonly<Record<string, Buffer>>, declared = seconds) => {
    const losses: number[] = [];
    const names = Array.from({ length: count }, (_, index) => `${index}.ts`);
    const made = new HlsSite().add(Object.fromEntries(names.map((name) => [name, whole])));
    made.add({ ...files, "index.m3u8": recorded(names, declared) });
    const stream = await made.open("index.m3u8", { onLoss: (_, lostSeconds) => losses.push(lostSeconds) });
    return { stream, losses };
  };

  it.each([
    ["of garbage", 2, garbage(whole.length), 0],
    ["at the start", 0, garbage(whole.length), 0],
    ["cut off", 1, cut, 0.5],
    ["cut off, at the end", 3, cut, 0.5],
    ["with a hole", 2, Buffer.concat([cut, garbage(1_000)]), 0.5],
  ])("are silence where they have no audio: %s", async (_name, index, bytes, share) => {
    const { stream, losses } = await opened({ [`${index}.ts`]: bytes });
    const [left = none] = (await decodeAll(stream)).channels;
    expect(Math.abs(left.length - count * seconds * 44_100)).toBeLessThan(4);
    const isSilent = (from: number, to: number) =>
      left.subarray(from * seconds * 44_100, to * seconds * 44_100).every((sample) => sample === 0);
    expect(isSilent(index + share + 0.1, index + 1)).toBe(true);
    if (share > 0) expect(isSilent(index, index + share - 0.1)).toBe(false);
    for (let other = 0; other < count; other++)
      if (other !== index) expect(isSilent(other + 0.1, other + 0.9)).toBe(false);
    expect(losses).toEqual([expect.closeTo((1 - share) * seconds, 0)]);
  });

  it("of fragmented MP4 are silent as well", async () => {
    const { map, segments } = mp4Segments();
    const names = segments.map((_, index) => `${index}.m4s`);
    const durations = await Promise.all(segments.map((segment) => measureSegment(map, segment)));
    const list = recorded(
      names,
      durations.map((audio) => audio?.seconds ?? 0),
      '#EXT-X-MAP:URI="init.mp4"\n',
    );
    const made = new HlsSite().add({ "init.mp4": map, "index.m3u8": list });
    made.add(Object.fromEntries(segments.map((segment, index) => [`${index}.m4s`, segment])));
    const [expected = none] = (await decodeAll(await made.open())).channels;
    made.add({ "1.m4s": garbage(segments[1]?.length ?? 0) });
    const [left = none] = (await decodeAll(await made.open())).channels;
    expect(Math.abs(left.length - expected.length)).toBeLessThan(4);
  });

  it("are not those whose duration is rounded", async () => {
    const { stream, losses } = await opened({}, seconds + 0.5);
    const [left = none] = (await decodeAll(stream)).channels;
    expect(left.length).toBe(count * aacFrames.length * 1_024);
    expect(losses).toEqual([]);
  });

  it("leave the thread to other work while they are measured", async () => {
    let turns = 0;
    const timer = setInterval(() => turns++, 0);
    await measureSegment(undefined, Buffer.concat(Array.from({ length: 50 }, () => whole)));
    clearInterval(timer);
    expect(turns).toBeGreaterThan(0);
  });
});

describe("holes in segments that are too small for damage", () => {
  const lost = 8;
  const withHoles = [1, 3];
  const framesOf = (index: number) => (frameGroups[index] ?? []).slice(withHoles.includes(index) ? lost : 0);
  const startOf = (index: number) => 10 + index * segmentSeconds;
  const packings: Readonly<Record<string, (frames: readonly Uint8Array[], seconds: number) => Buffer>> = {
    "transport streams": (frames, startSeconds) => aacInTransport({ startSeconds }, frames),
    "packed audio": packedSegment,
    // 33 bits of 90 kHz: the time stamps begin again with the second segment.
    "transport streams whose time stamps begin again": (frames, seconds) =>
      aacInTransport({ startSeconds: (seconds - 10.5 + 2 ** 33 / 90_000) % (2 ** 33 / 90_000) }, frames),
  };

  it.each(Object.entries(packings))("do not move what follows them, in %s", async (_name, pack) => {
    const names = Array.from({ length: 5 }, (_, index) => `${index}.seg`);
    const open = async (frames: (index: number) => readonly Uint8Array[]) => {
      const losses: number[] = [];
      const made = new HlsSite().add({ "index.m3u8": recorded(names) });
      for (const [index, name] of names.entries()) made.add({ [name]: pack(frames(index), startOf(index)) });
      const stream = await made.open("index.m3u8", { onLoss: (_, seconds) => losses.push(seconds) });
      return { left: (await decodeAll(stream)).channels[0] ?? none, losses };
    };
    const whole = await open((index) => frameGroups[index] ?? []);
    const { left, losses } = await open(framesOf);
    expect(whole.losses).toEqual([]);
    expect(losses).toEqual(withHoles.map(() => expect.closeTo((lost * 1_024) / 44_100, 3)));
    expect(Math.abs(left.length - whole.left.length)).toBeLessThan(4);
    // A decoder has settled after two frames.
    for (const index of [0, 2, 4]) {
      const [from, to] = [index * length + 2_048 + 4, (index + 1) * length - 1_024];
      expect(
        maxDifference(left.subarray(from, to), whole.left.subarray(from, to)),
        names[index],
      ).toBeLessThan(0.001);
    }
  });

  it("are no holes if only the declared durations are longer, or only the time stamps", async () => {
    const names = Array.from({ length: 4 }, (_, index) => `${index}.ts`);
    const play = async (seconds: number, stretch: number) => {
      const made = new HlsSite().add({ "index.m3u8": recorded(names, seconds) });
      for (const [index, name] of names.entries()) {
        const startSeconds = 10 + index * segmentSeconds * stretch;
        made.add({ [name]: aacInTransport({ startSeconds }, frameGroups[index]) });
      }
      return (await decodeAll(await made.open())).channels[0]?.length;
    };
    expect(await play(segmentSeconds + 0.3, 1)).toBe(4 * length);
    expect(await play(segmentSeconds, 1.5)).toBe(4 * length);
  });

  it("are found in fragmented MP4, by the times of its fragments", async () => {
    const { map, segments } = mp4Segments();
    const seconds = await Promise.all(
      segments.map(async (segment) => (await measureSegment(map, segment))?.seconds ?? 0),
    );
    const hole = 8 * 1_024;
    const late = segments.map((segment, index) => {
      const bytes = Buffer.from(segment);
      const at = bytes.indexOf("tfdt") + 4;
      const place = at + 4 + (bytes.readUInt8(at) === 1 ? 4 : 0);
      if (index >= 2) bytes.writeUInt32BE(bytes.readUInt32BE(place) + hole, place);
      return bytes;
    });
    const open = async (files: readonly Buffer[], durations: readonly number[]) => {
      const names = files.map((_, index) => `${index}.m4s`);
      const made = new HlsSite().add({
        "init.mp4": map,
        "index.m3u8": recorded(names, durations, '#EXT-X-MAP:URI="init.mp4"\n'),
      });
      for (const [index, name] of names.entries()) made.add({ [name]: files[index] ?? Buffer.alloc(0) });
      return (await decodeAll(await made.open())).channels[0]?.length ?? 0;
    };
    const whole = await open(segments, seconds);
    const declared = seconds.map((duration, index) => duration + (index === 1 ? hole / 44_100 : 0));
    expect(Math.abs((await open(late, declared)) - whole - hole)).toBeLessThan(4);
  });
});

describe("gaps of an HLS stream", () => {
  it.each([[[0]], [[0, 1]], [[2, 3]], [[1, 3]], [[5]], [[0, 3, 5]]])(
    "are silence of their length: %j",
    async (gaps) => {
      const made = site(gaps);
      const stream = await made.open();
      expect(stream.facts).toMatchObject({
        durationMs: Math.round(6_000 * segmentSeconds),
        sampleRate: 44_100,
      });
      const [left = none, right = none] = (await decodeAll(stream)).channels;
      expect([left.length, right.length]).toEqual([6 * length, 6 * length]);
      expect(silentIn(left)).toEqual(gaps);
      expect(made.paths.filter((path) => path.endsWith(".ts"))).toEqual(
        [0, 1, 2, 3, 4, 5].filter((index) => !gaps.includes(index)).map((index) => `${index}.ts`),
      );
      // Into a gap, behind it and to the start again.
      for (const target of [2.5, 4.2, 0]) {
        await stream.seek(1_000 * target * segmentSeconds);
        const [rest = none] = (await decodeAll(stream)).channels;
        expect(Math.abs(rest.length - (6 - target) * length)).toBeLessThan(4);
        const whole = left.subarray(left.length - rest.length);
        const isSilent = (samples: Float32Array) =>
          samples.subarray(0, length / 8).every((sample) => sample === 0);
        expect(isSilent(rest.subarray(length / 8))).toBe(isSilent(whole.subarray(length / 8)));
      }
      stream.close();
      await expect(stream.read()).rejects.toThrow("closed");
    },
  );

  it("are no audio: a stream of nothing else fails", async () => {
    await expect(site([0, 1, 2, 3, 4, 5]).open()).rejects.toThrow("has no segments");
  });

  it("of years are passed over by a seek", async () => {
    const made = new HlsSite().add({ "0.ts": transportSegment(0) });
    const gaps = "#EXT-X-GAP\n#EXTINF:86400,\ngap.ts\n".repeat(40_000);
    const list = `#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:${segmentSeconds},\n0.ts\n${gaps}#EXTINF:${segmentSeconds},\n0.ts\n#EXT-X-ENDLIST\n`;
    const stream = await made.add({ "index.m3u8": list }).open();
    expect(stream.facts.durationMs).toBeGreaterThan(3e12);
    await stream.seek(1e12);
    const silence = await stream.read();
    expect(silence?.type === "pcm" && silence.channels[0]?.every((sample) => sample === 0)).toBe(true);
    await stream.seek((stream.facts.durationMs ?? 0) - 100);
    expect((await decodeAll(stream)).channels[0]?.length).toBeGreaterThan(3_000);
  });

  it("are packets beside packets of Opus", async () => {
    const facts = { sampleRate: 48_000, channels: 2 } as MediaFacts;
    const run = new SilentRun(0.25, facts, "opus");
    const chunks: MediaChunk[] = [];
    for (let chunk = await run.read(); chunk; chunk = await run.read()) chunks.push(chunk);
    const stream = {
      facts,
      read: () => Promise.resolve(chunks.shift()),
      seek: () => Promise.resolve(),
      close() {},
    };
    const { channels } = await decodeAll(stream);
    expect(channels.map((samples) => samples.length)).toEqual([12_000, 12_000]);
    expect(channels.flatMap((samples) => [...samples]).every((sample) => sample === 0)).toBe(true);
  });
});
