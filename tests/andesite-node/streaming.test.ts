// The node's audio streams in a browser: real files, loaded and played over HTTP, analysed in Chromium.

import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { type AndesiteNode, createNode } from "@asterite/andesite-node";
import { mediaFolder } from "@asterite/testkit";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { hasChromium, launchChromium } from "../support/chromium.ts";

const headers = { "User-Id": "1", Authorization: "secret" };
let node: AndesiteNode;
let url: string;

beforeAll(async () => {
  node = await createNode({
    password: "secret",
    http: { host: "127.0.0.1", port: 0 },
    loading: { sources: { local: true }, musicFolders: [mediaFolder] },
    streaming: { maxListenersPerPlayer: 3, maxListenersPerAddress: 1, maxListenersPerLink: 3 },
  });
  url = `http://127.0.0.1:${node.port}`;
});
afterAll(() => node.close());

async function ask(path: string, body?: object): Promise<Response> {
  return await fetch(
    url + path,
    body ? { method: "POST", headers, body: JSON.stringify(body) } : { headers },
  );
}

/** Plays a file in a guild. Returns the stream link. */
async function play(guild: string, name: string): Promise<string> {
  const loaded = await ask(`/loadtracks?identifier=${encodeURIComponent(`raw:${join(mediaFolder, name)}`)}`);
  const { tracks } = (await loaded.json()) as { tracks: { track: string }[] };
  const track = tracks[0]?.track;
  const played = await ask(`/player/${guild}/play`, { track, radio: true });
  expect(played.status).toBe(200);
  const link = await ask(`/player/${guild}/listen`, {});
  const { url: path } = (await link.json()) as { url: string };
  return url + path;
}

describe.skipIf(!hasChromium)("in Chromium", () => {
  let browser: Browser;
  let pages: ReturnType<typeof createServer>;
  beforeAll(async () => {
    browser = await launchChromium();
    pages = createServer((_request, response) => {
      response.setHeader("content-type", "text/html");
      response.end("<!doctype html><title>listener</title>");
    }).listen(0, "127.0.0.1");
    await once(pages, "listening");
  }, 60_000);
  afterAll(async () => {
    await browser?.close();
    pages?.close();
  });

  it.for(["tones.mp3", "tones.flac", "tones.ogg", "tones.opus"])("plays %s", async (name, { expect }) => {
    const guild = String(100 + name.length);
    const page = await browser.newPage();
    await page.goto(`http://127.0.0.1:${(pages.address() as AddressInfo).port}`);
    const link = await play(guild, name);
    const peaks = await page.evaluate(`(async () => {
      const audio = new Audio();
      audio.crossOrigin = "anonymous";
      audio.src = ${JSON.stringify(link)};
      const context = new AudioContext({ sampleRate: 48000 });
      const source = context.createMediaElementSource(audio);
      const splitter = context.createChannelSplitter(2);
      source.connect(splitter);
      const sides = [0, 1].map((channel) => {
        const analyser = context.createAnalyser();
        analyser.fftSize = 16384;
        splitter.connect(analyser, channel);
        return analyser;
      });
      await audio.play();
      const spectrum = new Float32Array(8192);
      const peakOf = (analyser) => {
        analyser.getFloatFrequencyData(spectrum);
        let best = 0;
        for (let bin = 1; bin < spectrum.length; bin++) if (spectrum[bin] > spectrum[best]) best = bin;
        return { hz: (best * 48000) / 16384, db: spectrum[best] };
      };
      const untilMs = performance.now() + 8000;
      let peaks = sides.map(peakOf);
      while (performance.now() < untilMs && !(peaks[0].db > -40 && peaks[1].db > -40)) {
        await new Promise((resolve) => setTimeout(resolve, 50));
        peaks = sides.map(peakOf);
      }
      audio.pause();
      await context.close();
      return peaks;
    })()`);
    const [left, right] = peaks as [{ hz: number; db: number }, { hz: number; db: number }];
    expect(left.hz).toBeGreaterThan(430);
    expect(left.hz).toBeLessThan(450);
    expect(right.hz).toBeGreaterThan(870);
    expect(right.hz).toBeLessThan(890);
    expect(left.db).toBeGreaterThan(-40);
    await page.close();
  });
});

describe("stream links", () => {
  it("need no password, and are invalid once changed or without a player", async () => {
    const link = await play("7", "tones.opus");
    const response = await fetch(link);
    expect(response.status).toBe(200);
    expect(response.headers.get("content-type")).toBe("audio/ogg; codecs=opus");
    await response.body?.cancel();
    expect((await fetch(link.replace("/1.7.", "/1.8."))).status).toBe(403);
    expect((await fetch(`${url}/listen/nonsense`)).status).toBe(403);
    await fetch(`${url}/player/7`, { method: "DELETE", headers });
    expect((await fetch(link)).status).toBe(404);
    expect((await ask("/player/7/listen", {})).status).toBe(404);
  });

  it("end with the player, and enforce the limit of listeners", async () => {
    const link = await play("8", "tones.opus");
    const listeners = await Promise.all(Array.from({ length: 3 }, () => fetch(link)));
    expect((await fetch(link)).status).toBe(503);
    const ended = Promise.all(listeners.map((listener) => listener.arrayBuffer()));
    await fetch(`${url}/player/8`, { method: "DELETE", headers });
    for (const bytes of await ended) expect(Buffer.from(bytes).toString("latin1", 0, 4)).toBe("OggS");
  });

  it("enforce the limit of an address that a proxy on the machine reports, until its stream ends", async () => {
    const link = await play("9", "tones.opus");
    const from = (address: string) => fetch(link, { headers: { "X-Forwarded-For": address } });
    const stream = await from("192.0.2.1");
    expect([stream.status, (await from("192.0.2.1")).status]).toEqual([200, 429]);
    const other = await from("192.0.2.2");
    expect(other.status).toBe(200);
    await stream.body?.cancel();
    await expect.poll(async () => (await from("192.0.2.1")).status).toBe(200);
    await other.body?.cancel();
    await fetch(`${url}/player/9`, { method: "DELETE", headers });
  });
});
