// `asterite up` end to end: two users chat, request a song and hear the same stream.

import { mkdtemp, readdir, rm } from "node:fs/promises";
import type { IncomingMessage } from "node:http";
import { request } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { jsonLine, type LaunchedProcess, launch, parseJsonLine } from "@asterite/testkit";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { anyPasswordEnv, asteriteExecutable } from "../support/asterite.ts";
import { hasChromium } from "../support/chromium.ts";
import { administrator, message, openPage, register, say, signIn, useBrowser } from "../support/web.ts";

let folder: string;
let up: LaunchedProcess;
let ready: { plainPort: number; port: number };

/** Matches the ready line of `asterite up`, not of a service. */
const isReady = jsonLine({ msg: "ready", service: "asterite" });

const start = async (): Promise<void> => {
  up = await launch({
    command: process.execPath,
    args: [asteriteExecutable, "up", "--host", "127.0.0.1", "--port", "0", "--web-port", "0"],
    cwd: folder,
    env: {
      ...anyPasswordEnv,
      ASTERITE_ADMIN_USER: JSON.stringify([administrator.name, administrator.password]),
    },
    readyWhen: isReady,
    timeoutMs: 90_000,
  });
  const line = parseJsonLine(up.stdout.find(isReady) ?? "");
  ready = line as unknown as typeof ready;
};

/** Sends a request to the TLS port with its self-signed certificate. Resolves with the response head. */
const requestOverTls = (path: string, method = "GET"): Promise<IncomingMessage> =>
  new Promise((resolve, reject) => {
    const options = { host: "127.0.0.1", port: ready.port, path, method, rejectUnauthorized: false };
    request(options, (response) => resolve(response.resume()))
      .on("error", reject)
      .end();
  });

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "asterite-up-"));
  await start();
}, 120_000);
afterAll(async () => {
  await up?.stop();
  await rm(folder, { recursive: true, force: true });
});

it("copies two sample tracks to the music folder on first start", async () => {
  expect(await readdir(join(folder, "music"))).toEqual(["Lanterns.opus", "Paper Boats.opus"]);
});

describe.skipIf(!hasChromium)("in Chromium", () => {
  const browser = useBrowser();

  /** Exposes the playing audio element to {@link loudness}. */
  const exposeAudio = (page: Page) =>
    page.addInitScript(`{
      const play = HTMLMediaElement.prototype.play;
      HTMLMediaElement.prototype.play = function () {
        globalThis.heard = this;
        return play.call(this);
      };
    }`);

  /** Returns the RMS level of the page's audio, once it is no longer silent. */
  const loudness = (page: Page): Promise<unknown> =>
    page.evaluate(`(async () => {
      const context = new AudioContext();
      const analyser = context.createAnalyser();
      analyser.fftSize = 8192;
      while (!globalThis.heard) await new Promise((resolve) => setTimeout(resolve, 50));
      context.createMediaElementSource(globalThis.heard).connect(analyser);
      const samples = new Float32Array(8192);
      const untilMs = performance.now() + 20000;
      let loudest = 0;
      while (performance.now() < untilMs && loudest < 0.02) {
        await new Promise((resolve) => setTimeout(resolve, 50));
        analyser.getFloatTimeDomainData(samples);
        loudest = Math.sqrt(samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length);
      }
      await context.close();
      return loudest;
    })()`);

  const coverOf = (page: Page) => page.getByRole("region", { name: "Music" }).locator("img");

  /** Returns the width of the cover in the music panel in pixels; 0 without one. */
  const coverWidth = (page: Page): Promise<number> =>
    coverOf(page).evaluate((image: { readonly naturalWidth?: number }) => image.naturalWidth ?? 0);

  it("lets two users chat and hear the same song", { timeout: 120_000 }, async () => {
    const url = `http://localhost:${ready.plainPort}/`;
    const host = await openPage(browser(), url);
    const guest = await openPage(browser(), url);
    for (const page of [host, guest]) {
      await exposeAudio(page);
      await page.reload();
    }
    await signIn(host, administrator.name, administrator.password);
    await register(guest, "guest");
    await say(guest, "is there music here?");
    await message(host, "is there music here?").waitFor();
    await say(host, "!play lanterns");
    await message(guest, /Lanterns/)
      .last()
      .waitFor({ timeout: 20_000 });
    for (const page of [host, guest]) {
      const panel = page.getByRole("region", { name: "Music" });
      await panel.getByText("Lanterns").first().waitFor({ timeout: 20_000 });
      await panel.getByRole("button", { name: "Listen" }).click();
    }
    for (const page of [host, guest]) await expect.poll(() => coverWidth(page)).toBe(320);
    const levels = await Promise.all([loudness(host), loudness(guest)]);
    for (const level of levels) expect(level).toBeGreaterThan(0.02);
    await say(guest, "!stop");
    // The page must not be closed before the message was sent.
    await message(host, "Stopped and cleared the queue.").waitFor();
  });

  it("serves the cover on both ports, even after a restart of the node", {
    timeout: 120_000,
  }, async () => {
    const page = await openPage(browser(), `http://localhost:${ready.plainPort}/`);
    await signIn(page, administrator.name, administrator.password);
    await say(page, "!play paper boats");
    // The panel may still show the song of the previous test.
    await page.getByRole("region", { name: "Music" }).getByText("Paper Boats").waitFor({ timeout: 20_000 });
    await expect.poll(() => coverWidth(page), { timeout: 20_000 }).toBe(320);
    const source = async () => await coverOf(page).getAttribute("src");
    const before = new URL((await source()) ?? "");
    expect(before.origin).toBe(`http://localhost:${ready.plainPort}`);
    expect(await requestOverTls(before.pathname)).toMatchObject({
      statusCode: 200,
      headers: {
        "content-type": "image/png",
        "x-content-type-options": "nosniff",
        "content-security-policy": "default-src 'none'; sandbox",
      },
    });
    expect(await requestOverTls(before.pathname, "POST")).toMatchObject({ statusCode: 405 });
    expect(await requestOverTls(`${before.pathname}A`)).toMatchObject({ statusCode: 403 });

    const isNode = jsonLine({ part: "audio node", msg: "ready" });
    const nodeReady = parseJsonLine(up.stdout.findLast(isNode) ?? "");
    expect(nodeReady?.["sources"]).toEqual(expect.arrayContaining(["local", "http"]));
    const pid = Number(nodeReady?.["pid"]);
    process.kill(pid, "SIGKILL");
    await up.waitForLine((line) => isNode(line) && parseJsonLine(line)?.["pid"] !== pid, {
      timeoutMs: 60_000,
    });
    await expect.poll(source, { timeout: 60_000 }).not.toBe(before.href);
    await expect.poll(() => coverWidth(page), { timeout: 20_000 }).toBe(320);
    expect(await requestOverTls(before.pathname)).toMatchObject({ statusCode: 403 });
    await say(page, "!stop");
  });
});
