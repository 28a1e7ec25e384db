import { beforeAll, describe, expect, it } from "vitest";
import { decodeAll, mediaFile, memoryBytes } from "../media.test-support.ts";
import type { MediaStream } from "../media-stream.ts";
import { openMedia } from "../open-media.ts";
import { mp3InTransport } from "../transport/transport.test-support.ts";
import { frameGroups, HlsSite, segmentSeconds, transportSegment, VirtualClock } from "./hls.test-support.ts";

const targetSeconds = 0.6;

/** A live stream whose playlist moves on with a clock. */
class Station {
  readonly clock = new VirtualClock();
  readonly site = new HlsSite();
  /** Segments that the playlist lists. */
  windowSegments = 6;
  /** Times in ms between which the playlist does not move on. */
  pause: readonly [from: number, to: number] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
  endsAtMs = Number.POSITIVE_INFINITY;
  firstNumber = 100;

  constructor() {
    this.site.add({ "index.m3u8": () => this.playlist });
  }

  /** Number of the newest segment. */
  get newest(): number {
    const now = Math.min(this.clock.now(), this.endsAtMs);
    const [from, to] = this.pause;
    const time = now > from && now < to ? from : now;
    return this.firstNumber + Math.floor(time / 1_000 / segmentSeconds);
  }

  get playlist(): string {
    const { newest } = this;
    const first = newest - this.windowSegments + 1;
    const lines: string[] = [];
    for (let number = first; number <= newest; number++) {
      lines.push(`#EXTINF:${segmentSeconds.toFixed(6)},`, `${number}.ts`);
      if (!this.site.files.has(`${number}.ts`))
        this.site.add({ [`${number}.ts`]: () => transportSegment(number % (frameGroups.length - 1)) });
    }
    const end = this.clock.now() >= this.endsAtMs ? "#EXT-X-ENDLIST\n" : "";
    return `#EXTM3U\n#EXT-X-TARGETDURATION:${targetSeconds}\n#EXT-X-MEDIA-SEQUENCE:${first}\n${lines.join("\n")}\n${end}`;
  }

  /** Numbers of the segments that were requested. */
  get numbers(): number[] {
    return this.site.paths.filter((path) => path.endsWith(".ts")).map((path) => Number.parseInt(path, 10));
  }

  open(): Promise<MediaStream> {
    return this.site.open("index.m3u8", { clock: this.clock });
  }

  /** Plays for a time. Returns the waits of the player in ms, after the first audio. */
  async play(stream: MediaStream, ms: number): Promise<number[]> {
    const waits: number[] = [];
    for (const until = this.clock.now() + ms; this.clock.now() < until; ) {
      const { chunk, waitedMs } = await this.clock.play(stream);
      if (!chunk) break;
      if (waitedMs > 0) waits.push(waitedMs);
    }
    return waits;
  }
}

const consecutive = (numbers: readonly number[]): boolean =>
  numbers.every((number, index) => index === 0 || number === (numbers[index - 1] ?? 0) + 1);

// Decoders are loaded on first use, for which the clock of a station does not wait.
beforeAll(async () => void (await decodeAll(await openMedia(memoryBytes(mediaFile("tones.aac"))))));

describe("a live stream", () => {
  it("begins three target durations before the end, without a length", async () => {
    const station = new Station();
    const stream = await station.open();
    expect(stream.facts).toMatchObject({ durationMs: null, seekable: false, container: "m3u" });
    expect(station.numbers[0]).toBe(100 - 3);
    await expect(async () => stream.seek(0)).rejects.toThrow("does not support seeking");
    stream.close();
  });

  it("plays on without a wait, every segment once, and reloads at most once in a target duration", async () => {
    const station = new Station();
    const stream = await station.open();
    expect(await station.play(stream, 60_000)).toEqual([]);
    expect(consecutive(station.numbers)).toBe(true);
    expect(station.numbers.length).toBeGreaterThan(60 / segmentSeconds);
    const reloads = station.site.paths.filter((path) => path === "index.m3u8").length;
    expect(reloads).toBeGreaterThan(25);
    expect(reloads).toBeLessThan(60 / targetSeconds);
    stream.close();
  });

  it("jumps to three target durations before the end after a stall", async () => {
    const station = new Station();
    const stream = await station.open();
    await station.play(stream, 5_000);
    station.pause = [station.clock.now(), station.clock.now() + 8_000];
    const waits = await station.play(stream, 20_000);
    expect(waits).toHaveLength(1);
    expect(waits[0]).toBeGreaterThan(5_000);
    const { numbers } = station;
    expect(new Set(numbers).size).toBe(numbers.length);
    const behind = station.newest - Math.max(...numbers);
    expect(behind).toBeLessThanOrEqual(3);
    const jumps = numbers.filter((number, index) => index > 0 && number > (numbers[index - 1] ?? 0) + 1);
    expect(jumps).toHaveLength(1);
    stream.close();
  });

  it("jumps when its segments have left the window, as after a long pause of the player", async () => {
    const station = new Station();
    const stream = await station.open();
    await station.play(stream, 3_000);
    await station.clock.advance(60_000);
    const before = station.numbers.length;
    await station.play(stream, 3_000);
    const [, , jumped = 0] = station.numbers.slice(before - 1);
    expect(station.newest - jumped).toBeLessThan(12);
    expect(await station.play(stream, 5_000)).toEqual([]);
    stream.close();
  });

  it("plays to the end of the list", async () => {
    const station = new Station();
    station.endsAtMs = 10_000;
    const stream = await station.open();
    expect(await station.play(stream, 60_000)).toEqual([]);
    expect(Math.max(...station.numbers)).toBe(station.newest);
    const { chunk } = await station.clock.play(stream);
    expect(chunk).toBeUndefined();
  });

  it("is silent in the place of segments that are missing, and stays as far behind as before", async () => {
    const station = new Station();
    const stream = await station.open();
    const behind = () => station.newest - Math.max(...station.numbers);
    await station.play(stream, 3_000);
    const before = behind();
    for (const number of [110, 111, 113]) station.site.add({ [`${number}.ts`]: () => Buffer.alloc(0) });
    expect(await station.play(stream, 20 * 1_000 * segmentSeconds)).toEqual([]);
    expect(Math.abs(behind() - before)).toBeLessThanOrEqual(1);
    expect(Math.max(...station.numbers)).toBeGreaterThan(120);
    expect(consecutive(station.numbers)).toBe(true);
    stream.close();
  });

  it("survives reloads that fail", async () => {
    const station = new Station();
    const stream = await station.open();
    const { playlist } = station;
    let failures = 0;
    station.site.add({
      "index.m3u8": () => {
        if (station.clock.now() > 8_000 && failures < 3) {
          failures++;
          return "gone";
        }
        return station.playlist;
      },
    });
    await station.play(stream, 20_000);
    expect(failures).toBe(3);
    expect(playlist).toContain("100.ts");
    expect(Math.max(...station.numbers)).toBeGreaterThan(130);
    stream.close();
  });

  it("begins again when the numbers do, but not for an outdated playlist", async () => {
    const station = new Station();
    const stream = await station.open();
    await station.play(stream, 3_000);
    const outdated = station.playlist;
    await station.play(stream, 2_000);
    let isOutdated = true;
    station.site.add({
      "index.m3u8": () => {
        const text = isOutdated ? outdated : station.playlist;
        isOutdated = false;
        return text;
      },
    });
    await station.play(stream, 5_000);
    expect(consecutive(station.numbers)).toBe(true);
    station.firstNumber = 0;
    const before = station.numbers.length;
    await station.play(stream, 10_000);
    const after = station.numbers.slice(before).filter((number) => number < 90);
    expect(after.length).toBeGreaterThan(10);
    expect(consecutive(after)).toBe(true);
    stream.close();
  });

  it("goes on with another rate at a discontinuity", async () => {
    const station = new Station();
    station.site.add({ "104.ts": mp3InTransport() });
    station.site.add({
      "index.m3u8": () =>
        station.playlist.replaceAll(
          /#EXTINF:[^\n]*\n(104|105)\.ts/g,
          (entry) => `#EXT-X-DISCONTINUITY\n${entry}`,
        ),
    });
    const stream = await station.open();
    const rates: number[] = [];
    for (let count = 0; count < 200; count++) {
      const { chunk } = await station.clock.play(stream);
      if (chunk?.type === "pcm" && chunk.sampleRate !== rates.at(-1)) rates.push(chunk.sampleRate);
    }
    expect(rates).toEqual([44_100, 48_000, 44_100]);
    stream.close();
  });

  it("fails when its playlist stands still", async () => {
    const station = new Station();
    const stream = await station.open();
    station.pause = [2_000, Number.POSITIVE_INFINITY];
    await expect(station.play(stream, 200_000)).rejects.toMatchObject({
      message: "The HLS stream has stopped: its playlist has no new segments.",
      severity: "SUSPICIOUS",
    });
    expect(station.clock.now()).toBeLessThan(75_000);
  });

  it("fails when its playlist is gone", async () => {
    const station = new Station();
    const stream = await station.open();
    station.site.files.delete("index.m3u8");
    await expect(station.play(stream, 200_000)).rejects.toThrow("status 404");
    expect(station.clock.now()).toBeLessThan(10_000);
  });

  it("stops to load when it is closed, also while it waits", async () => {
    const station = new Station();
    const stream = await station.open();
    await station.play(stream, 3_000);
    stream.close();
    const { length } = station.site.requests;
    await station.clock.advance(10_000);
    expect(station.site.requests).toHaveLength(length);
  });
});
