// A live HLS stream for hours, whose clock is as fast as the program: requests go through real sockets.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import v8 from "node:v8";
import { runInNewContext } from "node:vm";
import { openHls, type ReloadClock } from "@asterite/audio/media";
import { makeTransportStream, mediaFolder, splitAdts } from "@asterite/testkit";
import { expect } from "vitest";
import { defaultByteLimits } from "./byte-limits.ts";
import { localDialler, serve } from "./bytes.test-support.ts";
import { createHlsFetch } from "./hls-fetch.ts";
import { ReadAheadBudget } from "./read-ahead.ts";
import { SegmentMemory } from "./segment-memory.ts";

const frameSeconds = 1_024 / 44_100;
const frames = splitAdts(readFileSync(join(mediaFolder, "tones.aac"))).slice(20, 106);
const segmentSeconds = frames.length * frameSeconds;
/** Segments of a playlist. */
const windowSegments = 6;
/** Time stamps of 33 bits begin again after ten minutes. */
const firstSeconds = 2 ** 33 / 90_000 - 600;

/** Clock whose time passes only while the stream waits for it. */
class WaitedClock implements ReloadClock {
  #now = 0;
  /** Waits that have not ended. */
  waiting = 0;

  now(): number {
    return this.#now;
  }

  async wait(ms: number, signal: AbortSignal): Promise<void> {
    this.waiting++;
    await nextTurn();
    this.waiting--;
    signal.throwIfAborted();
    this.#now += ms;
  }
}

v8.setFlagsFromString("--expose-gc");
const collectGarbage: () => void = runInNewContext("gc");

/** What a stream uses. */
export interface LiveUse {
  /** Memory of the process in MiB. */
  readonly memory: number;
  /** Bytes of segments that count in the memory for reading ahead. */
  readonly held: number;
  readonly sockets: number;
  /** Handles and timers of the process. */
  readonly resources: number;
}

/**
 * Plays a live stream from a server, and returns what it used after each period. Every segment is requested once and heard whole, in
 * order.
 */
export async function playLive(periods: number, periodSeconds: number): Promise<readonly LiveUse[]> {
  const clock = new WaitedClock();
  const segments: number[] = [];
  await using server = await serve((request, response) => {
    // Kept by the server of the tests, and no memory of the stream.
    server.requests.length = 0;
    if (request.url?.endsWith(".ts")) {
      const number = Number.parseInt(request.url.slice(1), 10);
      segments.push(number);
      const startSeconds = (firstSeconds + number * segmentSeconds) % (2 ** 33 / 90_000);
      response.end(makeTransportStream({ frames, frameSeconds, startSeconds }));
      return;
    }
    const first = Math.floor(clock.now() / 1_000 / segmentSeconds);
    const lines = Array.from(
      { length: windowSegments },
      (_, index) => `#EXTINF:${segmentSeconds.toFixed(6)},\n${first + index}.ts`,
    );
    response.end(`#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXT-X-MEDIA-SEQUENCE:${first}\n${lines.join("\n")}\n`);
  });
  const url = `${server.url}live.m3u8`;
  const budget = new ReadAheadBudget(ReadAheadBudget.createMemory(1), 0);
  const stream = await openHls(url, {
    clock,
    fetch: createHlsFetch({ type: "http", url, headers: {} }, localDialler, {
      userAgent: "Asterite",
      limits: {},
    }),
    memory: new SegmentMemory(budget, defaultByteLimits),
    onLoss: (error) => expect.unreachable(String(error)),
  });
  let samples = 0;
  const uses: LiveUse[] = [];
  for (let period = 1; period <= periods; period++) {
    while (samples < period * periodSeconds * 44_100) {
      const chunk = await stream.read();
      if (chunk?.type !== "pcm") throw new Error("The stream has ended.");
      samples += chunk.channels[0]?.length ?? 0;
    }
    // Some objects are freed in later turns, after what held them.
    for (let round = 0; round < 3; round++) {
      await nextTurn();
      collectGarbage();
    }
    const { heapUsed, external } = process.memoryUsage();
    uses.push({
      memory: (heapUsed + external) / 1024 / 1024,
      held: budget.bytes,
      sockets: server.sockets.size,
      resources: process.getActiveResourcesInfo().length + clock.waiting,
    });
  }
  stream.close();
  const [first = 0] = segments;
  expect(segments).toEqual(segments.map((_, index) => first + index));
  // Two segments are loaded and not heard, and one is heard in part.
  expect(Math.abs(segments.length - samples / 44_100 / segmentSeconds)).toBeLessThan(3);
  expect(budget.bytes).toBe(0);
  await expect.poll(() => server.sockets.size, { timeout: 15_000 }).toBe(0);
  return uses;
}
