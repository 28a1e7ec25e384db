import { expect, it } from "vitest";
import { decodeAll } from "../media.test-support.ts";
import { HlsSite, packedSegment, recorded, transportSegment, VirtualClock } from "./hls.test-support.ts";

it.each([
  "file:///etc/passwd",
  "data:text/plain,x",
  "javascript:0",
  "ftp://radio.example/a.ts",
  "//",
  `/${"a".repeat(9_000)}`,
])("refuses to read %s", async (address) => {
  const lists = {
    "segment.m3u8": recorded([address]),
    "map.m3u8": recorded(["0.ts"], 1, `#EXT-X-MAP:URI="${address}"\n`),
    "key.m3u8": recorded(["0.ts"], 1, `#EXT-X-KEY:METHOD=AES-128,URI="${address}"\n`),
    "variant.m3u8": `#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\n${address}\n`,
  };
  const site = new HlsSite().add({ ...lists, "0.ts": transportSegment(0) });
  for (const path of Object.keys(lists))
    await expect(site.open(path)).rejects.toThrow("it refers to an address that is not HTTP or HTTPS");
  expect(site.paths).toEqual(Object.keys(lists));
});

it("gives up segments without audio, in one run and in many", async () => {
  const empty = Array.from({ length: 1_000 }, () => "empty.ts");
  const site = new HlsSite().add({
    "0.ts": transportSegment(0),
    "empty.ts": Buffer.alloc(0),
    "run.m3u8": recorded(["0.ts", ...empty], 0),
    "runs.m3u8": recorded(["0.ts", ...empty.map((name) => `#EXT-X-DISCONTINUITY\n${name}`)], 0),
  });
  for (const path of ["run.m3u8", "runs.m3u8"]) {
    site.requests.length = 0;
    await expect(decodeAll(await site.open(path))).rejects.toThrow();
    expect(site.requests.length).toBeLessThan(30);
  }
});

it("never waits in a loop for a live playlist without durations", async () => {
  const clock = new VirtualClock();
  const site = new HlsSite().add({ "0.ts": transportSegment(0) });
  site.add({
    "index.m3u8": () => {
      const number = Math.floor(clock.now() / 10);
      return `#EXTM3U\n#EXT-X-TARGETDURATION:0\n#EXT-X-MEDIA-SEQUENCE:${number}\n#EXTINF:0,\n0.ts\n#EXTINF:0,\n0.ts\n`;
    },
  });
  const stream = await site.open("index.m3u8", { clock });
  while (clock.now() < 10_000) await clock.play(stream);
  expect(site.paths.filter((path) => path === "index.m3u8").length).toBeLessThan(25);
  stream.close();
});

it("reads a live playlist of gaps only without a long pause", async () => {
  const clock = new VirtualClock();
  const gaps = "#EXT-X-GAP\n#EXTINF:0,\na.ts\n".repeat(49_000);
  const site = new HlsSite().add({ "index.m3u8": `#EXTM3U\n#EXT-X-TARGETDURATION:1\n${gaps}` });
  const opening = site.open("index.m3u8", { clock });
  opening.catch(() => {});
  const from = performance.now();
  while (site.requests.length < 3) await clock.advance(1_000);
  expect(performance.now() - from).toBeLessThan(5_000);
  const abort = new AbortController();
  const aborted = site.open("index.m3u8", { clock, signal: abort.signal });
  abort.abort(new Error("cancelled"));
  await expect(aborted).rejects.toThrow("cancelled");
});

it("bounds what it reads of playlists, maps, keys and segments", async () => {
  const site = new HlsSite().add({
    "index.m3u8": recorded(["0.ts"], 1, '#EXT-X-MAP:URI="map"\n#EXT-X-KEY:METHOD=AES-128,URI="key"\n'),
    key: Buffer.alloc(16),
    map: Buffer.alloc(10),
    "0.ts": packedSegment([], 0),
  });
  await expect(site.open()).rejects.toThrow();
  const bytes = Object.fromEntries(
    site.requests.map(({ url, maxBytes }) => [url.split("/").at(-1), maxBytes]),
  );
  expect(bytes).toEqual({ "index.m3u8": 2 ** 23, map: 2 ** 20, key: 64, "0.ts": 2 ** 24 });
  expect(site.requests.every(({ timeoutMs }) => timeoutMs <= 60_000)).toBe(true);
});
