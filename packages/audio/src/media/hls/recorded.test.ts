import { readFileSync } from "node:fs";
import { fragmentedMp4, mp3At48000 } from "@asterite/testkit";
import { describe, expect, it } from "vitest";
import {
  type DecodedTrack,
  decodeAll,
  maxDifference,
  mediaFile,
  memoryBytes,
} from "../media.test-support.ts";
import { openMedia } from "../open-media.ts";
import { aacFrames, mp3Frames, mp3InTransport } from "../transport/transport.test-support.ts";
import {
  encrypt,
  frameGroups,
  HlsSite,
  mp4Segments,
  packedSegment,
  recorded,
  root,
  segmentFrames,
  segmentSeconds,
  transportSegment,
} from "./hls.test-support.ts";

const none = new Float32Array(0);
const indexes = frameGroups.map((_, index) => index);
const names = indexes.map((index) => `${index}.ts`);
const durations = frameGroups.map(({ length }) => (length * 1_024) / 44_100);
const plainAac = async () => await decodeAll(await openMedia(memoryBytes(mediaFile("tones.aac"))));

function expectSame(own: DecodedTrack, other: DecodedTrack): void {
  expect(own.channels).toHaveLength(other.channels.length);
  for (const [index, samples] of own.channels.entries())
    expect(maxDifference(samples, other.channels[index] ?? none)).toBe(0);
}

/** Returns the difference of two signals, which may be shifted by two samples. */
function difference(part: Float32Array, whole: Float32Array, from: number): number {
  const shifts = [-2, -1, 0, 1, 2].map((shift) => {
    const at = Math.max(0, from + shift);
    const length = Math.min(part.length, whole.length - at);
    return maxDifference(part.subarray(0, length), whole.subarray(at, at + length));
  });
  return Math.min(...shifts);
}

const transportSite = (): HlsSite => {
  const site = new HlsSite().add({ "index.m3u8": recorded(names, durations) });
  for (const index of indexes) site.add({ [`${index}.ts`]: transportSegment(index) });
  return site;
};

describe("a recorded stream of transport streams", () => {
  it("has the length of its segments", async () => {
    const { facts } = await transportSite().open();
    expect(facts).toMatchObject({
      container: "m3u",
      codec: "aac",
      sampleRate: 44_100,
      channels: 2,
      durationMs: Math.round((aacFrames.length * 1_024_000) / 44_100),
      isDurationEstimated: false,
      seekable: true,
    });
  });

  it("decodes to the same samples as its frames", async () => {
    expectSame(await decodeAll(await transportSite().open()), await plainAac());
  });

  it("loads one segment ahead, and each only once", async () => {
    const site = transportSite();
    const stream = await site.open();
    await stream.read();
    await expect.poll(() => site.paths).toEqual(["index.m3u8", "0.ts", "1.ts"]);
    await decodeAll(stream);
    expect(site.paths).toEqual(["index.m3u8", ...names]);
    expect(await stream.read()).toBeUndefined();
  });

  it("seeks by the durations of the segments", async () => {
    const site = transportSite();
    const stream = await site.open();
    const [whole = none] = (await plainAac()).channels;
    for (const positionMs of [2_000, 100, 1_234.5, 0, 2_900, 600]) {
      site.requests.length = 0;
      await stream.seek(positionMs);
      const [part = none] = (await decodeAll(stream)).channels;
      const from = Math.round(positionMs * 44.1);
      expect(Math.abs(part.length - (whole.length - from)), `${positionMs} ms`).toBeLessThan(3);
      expect(difference(part, whole, from), `${positionMs} ms`).toBeLessThan(1e-6);
      const first = Math.max(0, Math.floor((positionMs / 1_000 - 0.8) / segmentSeconds));
      expect(site.paths[0]).toBe(`${first}.ts`);
    }
    await stream.seek(1e9);
    expect(await stream.read()).toBeUndefined();
    await stream.seek(-5);
    expectSame(await decodeAll(stream), await plainAac());
  });

  it("goes on after a segment that is damaged", async () => {
    const site = transportSite();
    site.add({ "4.ts": Buffer.alloc(5_000, 0x55) });
    const [left = none] = (await decodeAll(await site.open())).channels;
    expect(left.length).toBe(aacFrames.length * 1_024);
  });

  it("ends with the error of the server after five segments", async () => {
    const site = transportSite().add({
      "index.m3u8": recorded(["0.ts", ...Array.from({ length: 50 }, (_, index) => `missing-${index}.ts`)]),
    });
    await expect(decodeAll(await site.open())).rejects.toThrow("The server responded with status 404.");
    expect(site.requests).toHaveLength(2 + 5);
  });

  it("closes while it is read", async () => {
    const stream = await transportSite().open();
    const reading = decodeAll(stream);
    stream.close();
    await expect(reading).rejects.toThrow("The track was closed.");
    await expect(stream.read()).rejects.toThrow("The track was closed.");
  });
});

it("plays fragmented MP4", async () => {
  const { map, segments } = mp4Segments();
  const site = new HlsSite().add({
    "init.mp4": map,
    "index.m3u8": recorded(
      segments.map((_, index) => `${index}.m4s`),
      0.5,
      '#EXT-X-MAP:URI="init.mp4"\n',
    ),
    ...Object.fromEntries(segments.map((segment, index) => [`${index}.m4s`, segment])),
  });
  const stream = await site.open();
  const whole = await decodeAll(await openMedia(memoryBytes(readFileSync(fragmentedMp4))));
  const own = await decodeAll(stream);
  const [left = none, plain = none] = [own.channels[0], whole.channels[0]];
  expect(Math.abs(left.length - plain.length)).toBeLessThan(2_048);
  const common = Math.min(left.length, plain.length);
  expect(maxDifference(left.subarray(0, common), plain.subarray(0, common))).toBe(0);
  await stream.seek(2_000);
  const [part = none] = (await decodeAll(stream)).channels;
  expect(Math.abs(part.length / 44_100 - 1)).toBeLessThan(0.06);
  expect(site.paths.filter((path) => path === "init.mp4")).toHaveLength(1);
});

it("plays packed AAC with time stamps, and mp3", async () => {
  const aac = new HlsSite().add({ "index.m3u8": recorded(names, durations) });
  for (const [index, frames] of frameGroups.entries())
    aac.add({ [`${index}.ts`]: packedSegment(frames, index * segmentSeconds) });
  expectSame(await decodeAll(await aac.open()), await plainAac());
  const frames = mp3Frames();
  const mp3 = new HlsSite().add({
    "index.m3u8": recorded(["a.mp3", "b.mp3"], 0.5),
    "a.mp3": packedSegment(frames.slice(0, 20), 0),
    "b.mp3": packedSegment(frames.slice(20), 0.48),
  });
  const plain = await decodeAll(await openMedia(memoryBytes(readFileSync(mp3At48000))));
  expectSame(await decodeAll(await mp3.open()), plain);
});

it("reads byte ranges, with and without an offset", async () => {
  const segments = indexes.map(transportSegment);
  const lead = Buffer.alloc(500, 0x55);
  const lines = segments.map(({ length }, index) => {
    const offset = index === 0 ? `@${lead.length}` : "";
    return `#EXT-X-BYTERANGE:${length}${offset}\nall.ts`;
  });
  const site = new HlsSite().add({
    "index.m3u8": recorded(lines, durations),
    "all.ts": Buffer.concat([lead, ...segments]),
  });
  expectSame(await decodeAll(await site.open()), await plainAac());
  expect(site.requests[2]?.range?.start).toBe(500 + (segments[0]?.length ?? 0));
});

it("decrypts AES-128, with vectors of the playlist and of the segment numbers", async () => {
  const [first, second] = [Buffer.alloc(16, 1), Buffer.alloc(16, 2)];
  const vector = Buffer.alloc(16, 0xab);
  const site = new HlsSite().add({ "first.key": first, "second.key": second });
  const lines = names.map((name, index) => {
    const segment = transportSegment(index);
    const numbered = Buffer.alloc(16);
    numbered.writeUInt32BE(70 + index, 12);
    const isFirst = index < 3;
    site.add({ [name]: isFirst ? encrypt(segment, first, vector) : encrypt(segment, second, numbered) });
    const iv = isFirst ? `,IV=0x${vector.toString("hex")}` : "";
    const key = `#EXT-X-KEY:METHOD=AES-128,URI="${isFirst ? "first" : "second"}.key"${iv}\n`;
    return index % 3 === 0 ? `${key}${name}` : name;
  });
  site.add({ "index.m3u8": recorded(lines, durations, "#EXT-X-MEDIA-SEQUENCE:70\n") });
  expectSame(await decodeAll(await site.open()), await plainAac());
  expect(site.paths.filter((path) => path.endsWith(".key"))).toEqual(["first.key", "second.key"]);
  site.add({ "second.key": Buffer.alloc(15) });
  await expect(decodeAll(await site.open())).rejects.toThrow("does not have 16 bytes");
});

it.each(["METHOD=SAMPLE-AES", 'METHOD=AES-128,KEYFORMAT="com.apple.streamingkeydelivery"'])(
  "refuses encryption by its name: %s",
  async (key) => {
    const site = transportSite().add({
      "index.m3u8": recorded(names, durations, `#EXT-X-KEY:${key},URI="key"\n`),
    });
    await expect(site.open()).rejects.toThrow(/^The encryption of this HLS stream, .*, is not supported\.$/);
  },
);

it("goes on with another sample rate after a discontinuity", async () => {
  const site = transportSite().add({
    "ad.ts": mp3InTransport(),
    "index.m3u8": recorded(["0.ts", "#EXT-X-DISCONTINUITY\nad.ts", "#EXT-X-DISCONTINUITY\n1.ts"]),
  });
  const stream = await site.open();
  const heard = new Map<number, number>();
  for (let chunk = await stream.read(); chunk; chunk = await stream.read())
    if (chunk.type === "pcm")
      heard.set(chunk.sampleRate, (heard.get(chunk.sampleRate) ?? 0) + (chunk.channels[0]?.length ?? 0));
  expect([...heard]).toEqual([
    [44_100, 2 * segmentFrames * 1_024],
    [48_000, mp3Frames().length * 1_152],
  ]);
});

describe("a master playlist", () => {
  const site = () => {
    const made = transportSite();
    return made.add({ "audio.m3u8": made.files.get("index.m3u8") ?? "" });
  };
  const variant = (attributes: string, address: string) => `#EXT-X-STREAM-INF:${attributes}\n${address}\n`;
  const open = async (master: string) => {
    const made = site().add({ "master.m3u8": `#EXTM3U\n${master}` });
    const stream = await made.open("master.m3u8");
    stream.close();
    return made.paths;
  };

  it.each([
    [
      "a variant of audio only",
      variant('BANDWIDTH=90000,CODECS="avc1.4d401e,mp4a.40.2"', "video.m3u8") +
        variant('BANDWIDTH=128000,CODECS="mp4a.40.2"', "audio.m3u8"),
    ],
    [
      "the best of those",
      variant('BANDWIDTH=48000,CODECS="mp4a.40.5"', "low.m3u8") +
        variant('BANDWIDTH=320000,CODECS="mp4a.40.2"', "audio.m3u8"),
    ],
    [
      "the default of an audio group",
      '#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a",NAME="Other",AUTOSELECT=YES,URI="other.m3u8"\n' +
        '#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a",NAME="Own",DEFAULT=YES,URI="audio.m3u8"\n' +
        variant('BANDWIDTH=900000,CODECS="avc1.4d401e,mp4a.40.2",AUDIO="a"', "video.m3u8"),
    ],
    [
      "a group with a codec that can be decoded",
      '#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="surround",DEFAULT=YES,URI="other.m3u8"\n' +
        '#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="stereo",DEFAULT=YES,URI="audio.m3u8"\n' +
        variant('BANDWIDTH=990000,CODECS="avc1.4d401e,ec-3",AUDIO="surround"', "video.m3u8") +
        variant('BANDWIDTH=900000,CODECS="avc1.4d401e,mp4a.40.2",AUDIO="stereo"', "video.m3u8"),
    ],
    [
      "the smallest variant with pictures",
      variant("BANDWIDTH=2000000,RESOLUTION=1280x720", "video.m3u8") +
        variant("BANDWIDTH=300000,RESOLUTION=320x180", "audio.m3u8"),
    ],
    ["an absolute address", variant("BANDWIDTH=1", `${root}audio.m3u8`)],
  ])("selects %s", async (_name, master) => {
    expect((await open(master)).slice(0, 3)).toEqual(["master.m3u8", "audio.m3u8", "0.ts"]);
  });

  it("tries the next variant if one fails", async () => {
    const master = variant("BANDWIDTH=1", "missing.m3u8") + variant("BANDWIDTH=2", "audio.m3u8");
    expect((await open(master)).slice(1, 4)).toEqual(["missing.m3u8", "audio.m3u8", "0.ts"]);
  });

  it("cannot refer to another one, so that they never refer to each other forever", async () => {
    const master = variant("BANDWIDTH=1", "master.m3u8") + variant("BANDWIDTH=2", "other.m3u8");
    const made = site().add({ "master.m3u8": `#EXTM3U\n${master}`, "other.m3u8": `#EXTM3U\n${master}` });
    await expect(made.open("master.m3u8")).rejects.toThrow("a variant is another list of variants");
    expect(made.requests).toHaveLength(3);
  });

  it("without variants is refused", async () => {
    const made = new HlsSite().add({ "master.m3u8": "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\n" });
    await expect(made.open("master.m3u8")).rejects.toThrow("has no variants");
  });
});
