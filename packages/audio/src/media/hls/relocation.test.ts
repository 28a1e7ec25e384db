import { setImmediate as nextTurn } from "node:timers/promises";
import { expect, it } from "vitest";
import { decodeAll } from "../media.test-support.ts";
import { TrackError } from "../track-error.ts";
import {
  frameGroups,
  HlsSite,
  recorded,
  root,
  segmentFrames,
  transportSegment,
  VirtualClock,
} from "./hls.test-support.ts";
import type { HlsFetch } from "./hls-fetch.ts";
import type { HlsMemory } from "./hls-memory.ts";

const count = frameGroups.length - 1;
const names = Array.from({ length: count }, (_, index) => `${index}.ts`);

class ExpiredError extends TrackError {
  constructor() {
    super("The server responded with status 403.", "COMMON");
  }
}

/** A stream whose addresses contain a token, which expires after a number of requests. */
function expiring(requestsPerToken: number, playlist: (token: number) => string, master = false) {
  const site = new HlsSite();
  const state = { token: 0, left: 0, lookUps: 0 };
  const fetch: HlsFetch = async (request, signal) => {
    const [, token, path = ""] = /^t(\d+)\/(.*)$/.exec(request.url.replace(root, "")) ?? [];
    if (Number(token) !== state.token || state.left-- <= 0) throw new ExpiredError();
    site.add({ "index.m3u8": playlist(state.token) });
    const { bytes } = await site.fetch({ ...request, url: root + path }, signal);
    return { bytes, url: request.url };
  };
  const lookUp = (): string => {
    state.lookUps++;
    state.left = requestsPerToken;
    return `${root}t${++state.token}/${master ? "master" : "index"}.m3u8`;
  };
  for (const [index, name] of names.entries()) site.add({ [name]: transportSegment(index) });
  site.add({ "master.m3u8": "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\nindex.m3u8\n" });
  const relocate = (error: unknown) => Promise.resolve(error instanceof ExpiredError ? lookUp() : undefined);
  return { site, fetch, relocate, lookUp, state };
}

it.each([false, true])(
  "goes on at the segment when the address expires (of a master playlist: %s)",
  async (master) => {
    const { site, fetch, relocate, lookUp, state } = expiring(4, () => recorded(names), master);
    const url = lookUp();
    const stream = await site.open(url.replace(root, ""), { fetch, relocate });
    const [left] = (await decodeAll(stream)).channels;
    expect(left?.length).toBe(count * segmentFrames * 1_024);
    expect(site.paths.filter((path) => path.endsWith(".ts"))).toEqual(names);
    expect(state.lookUps).toBeGreaterThan(1);
    await stream.seek(0);
    expect((await decodeAll(stream)).channels[0]?.length).toBe(left?.length);
    stream.close();
  },
);

it("follows a live stream to its new address", async () => {
  const clock = new VirtualClock();
  const playlist = (): string => {
    const first = Math.floor(clock.now() / 500);
    const lines = Array.from({ length: 6 }, (_, index) => `#EXTINF:0.5,\n${(first + index) % count}.ts`);
    return `#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXT-X-MEDIA-SEQUENCE:${first}\n${lines.join("\n")}\n`;
  };
  const { site, fetch, relocate, lookUp, state } = expiring(9, playlist);
  const stream = await site.open(lookUp().replace(root, ""), { fetch, relocate, clock });
  while (clock.now() < 20_000) {
    const { chunk } = await clock.play(stream);
    expect(chunk).toBeDefined();
  }
  expect(state.lookUps).toBeGreaterThan(4);
  stream.close();
});

it("looks up the address once for a segment that is missing everywhere, which is silent", async () => {
  const { site, fetch, relocate, lookUp, state } = expiring(1_000, () => recorded(names));
  site.add({
    "2.ts": () => {
      throw new ExpiredError();
    },
  });
  const stream = await site.open(lookUp().replace(root, ""), { fetch, relocate });
  const [left] = (await decodeAll(stream)).channels;
  expect(left?.length).toBe(count * segmentFrames * 1_024);
  expect(state.lookUps).toBe(2);
});

it("ends with the error of the look-up if there is no new address", async () => {
  const { site, fetch, lookUp } = expiring(4, () => recorded([...names, ...names]));
  const stream = await site.open(lookUp().replace(root, ""), {
    fetch,
    relocate: () => Promise.reject(new TrackError("The video was removed.", "COMMON")),
  });
  await expect(decodeAll(stream)).rejects.toThrow("The video was removed.");
});

it("counts segments in memory, and loads none ahead without room", async () => {
  for (const hasRoom of [true, false]) {
    const held: number[] = [];
    let isClosed = false;
    const memory: HlsMemory = {
      hasRoomFor: (bytes) => bytes > 0 && hasRoom,
      hold: (bytes) => void held.push(bytes),
      release(bytes) {
        expect(held).toContain(bytes);
        held.splice(held.indexOf(bytes), 1);
      },
      close() {
        expect(held).toEqual([]);
        isClosed = true;
      },
    };
    const site = new HlsSite().add({ "index.m3u8": recorded(names) });
    for (const [index, name] of names.entries()) site.add({ [name]: transportSegment(index) });
    const stream = await site.open("index.m3u8", { memory });
    await stream.read();
    if (hasRoom) await expect.poll(() => held.length).toBe(2);
    for (let turn = 0; turn < 20; turn++) await nextTurn();
    expect(site.paths).toEqual(["index.m3u8", "0.ts", ...(hasRoom ? ["1.ts"] : [])]);
    await decodeAll(stream);
    expect(held).toEqual([]);
    await stream.seek(700);
    await decodeAll(stream, 1_000);
    stream.close();
    expect(isClosed).toBe(true);
    expect(held).toEqual([]);
  }
});
