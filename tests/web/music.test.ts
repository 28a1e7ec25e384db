// Music panel: state of the bot, stream playback and controls.

import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { Permissions } from "@asterite/aster";
import { describe, expect, it, onTestFinished } from "vitest";
import { hasChromium } from "../support/chromium.ts";
import {
  connectAs,
  exactMessage,
  message,
  openPage,
  register,
  startStage,
  useBrowser,
} from "../support/web.ts";
import { demoMusic } from "./demo-server.test-support.ts";

/** PNG of 64 pixels. */
const defaultPicture = readFileSync(
  new URL("../../packages/aster-server/assets/default-picture.png", import.meta.url),
);

/** One second of a tone as WAV. */
function tone(): Buffer {
  const rate = 8000;
  const samples = Buffer.alloc(2 * rate);
  for (let index = 0; index < rate; index++) {
    samples.writeInt16LE(Math.round(8000 * Math.sin((2 * Math.PI * 440 * index) / rate)), 2 * index);
  }
  const head = Buffer.alloc(44);
  head.write("RIFF", 0);
  head.writeUInt32LE(36 + samples.length, 4);
  head.write("WAVEfmt ", 8);
  head.writeUInt32LE(16, 16);
  head.writeUInt16LE(1, 20);
  head.writeUInt16LE(1, 22);
  head.writeUInt32LE(rate, 24);
  head.writeUInt32LE(2 * rate, 28);
  head.writeUInt16LE(2, 32);
  head.writeUInt16LE(16, 34);
  head.write("data", 36);
  head.writeUInt32LE(samples.length, 40);
  return Buffer.concat([head, samples]);
}

describe.skipIf(!hasChromium)("in Chromium", () => {
  const browser = useBrowser();

  it("hides the controls from users who cannot send messages", async () => {
    const { page, server } = await startStage();
    const admin = await connectAs(server.port);
    const [channel] = admin.channels;
    const ann = await openPage(browser(), page.url);
    await register(ann, "ann");
    const uuid = [...admin.peers.values()].find(({ username }) => username === "ann")?.uuid;
    await channel?.edit({ overrides: { [`user:${uuid}`]: Permissions.of({ send_messages: "deny" }) } });
    await channel?.setState("music", demoMusic(Date.now()));
    const panel = ann.getByRole("region", { name: "Music" });
    await panel.getByText("Slow Morning").waitFor();
    await ann.getByText("You can't send messages in this channel.").waitFor();
    await panel.getByRole("button", { name: "Listen" }).waitFor();
    expect(await panel.getByRole("button", { name: /for everyone/ }).count()).toBe(0);
    expect(await panel.getByRole("slider", { name: "Position" }).isDisabled()).toBe(true);
  });

  it("shows and plays the stream, advances the position and sends bot commands", async () => {
    const asked: string[] = [];
    let isBroken = false;
    const { page, server } = await startStage({}, (request, response) => {
      if (!request.url?.startsWith("/listen/")) return false;
      asked.push(request.url);
      if (isBroken) response.writeHead(503).end();
      else response.writeHead(200, { "content-type": "audio/wav" }).end(tone());
      return true;
    });
    const bot = await connectAs(server.port, { name: "DJ" });
    const [channel] = bot.channels;
    await channel?.setState("music", demoMusic(Date.now()));

    const ann = await openPage(browser(), page.url);
    await register(ann, "ann");
    const panel = ann.getByRole("region", { name: "Music" });
    await panel.getByText("Slow Morning").waitFor();
    const position = () => panel.getByRole("slider", { name: "Position" }).inputValue();
    const before = Number(await position());
    expect(before).toBeGreaterThanOrEqual(83_000);
    await expect.poll(async () => Number(await position())).toBeGreaterThan(before);
    await panel.getByRole("button", { name: "3 in queue" }).click();
    await panel.getByText("Northbound").waitFor();

    expect(asked).toEqual([]);
    await panel.getByRole("button", { name: "Listen" }).click();
    await panel.getByRole("slider", { name: "Volume" }).waitFor();
    await expect.poll(() => asked.length).toBeGreaterThan(0);
    // A live stream has no end: the page reconnects when it is interrupted.
    const times = asked.length;
    await expect.poll(() => asked.length, { timeout: 8000 }).toBeGreaterThan(times);
    isBroken = true;
    await panel.getByText("Stream interrupted.").waitFor();
    isBroken = false;
    await panel.getByText("Stream interrupted.").waitFor({ state: "detached" });
    await panel.getByRole("button", { name: "Stop listening" }).click();
    await panel.getByRole("button", { name: "Listen" }).waitFor();

    await panel.getByRole("button", { name: "Pause for everyone" }).click();
    await exactMessage(ann, "!pause").waitFor();
    const music = demoMusic(Date.now());
    await channel?.setState("music", { ...music, player: { ...music.player, paused: true } });
    await panel.getByRole("button", { name: "Resume for everyone" }).click();
    await exactMessage(ann, "!resume").waitFor();
    await panel.getByRole("button", { name: "Skip for everyone" }).click();
    await exactMessage(ann, "!skip").waitFor();
    const volumes = panel.getByRole("slider", { name: "Volume for everyone" });
    expect(await volumes.count()).toBe(0);
    await panel.getByRole("button", { name: "Volume for everyone" }).click();
    expect(await volumes.inputValue()).toBe("100");
    await volumes.focus();
    for (let step = 0; step < 4; step++) await ann.keyboard.press("ArrowLeft");
    // Four steps send one command.
    await exactMessage(ann, "!volume 80").waitFor();
    expect(await message(ann, "!volume").count()).toBe(1);
    await channel?.setState("music", { ...music, player: { ...music.player, volume: 80 } });
    await expect.poll(() => volumes.getAttribute("aria-valuetext")).toBe("80 %");

    await panel.getByRole("slider", { name: "Position" }).focus();
    await ann.keyboard.press("End");
    await message(ann, "!seek 214").waitFor();

    await channel?.setState("music", { ...music, player: null, queue: [], queueLength: 0 });
    await panel.getByText("Nothing is playing").waitFor();
    await channel?.setState("music", { ...music, queueLength: 59 });
    await panel.getByText("and 56 more").waitFor();

    await bot.disconnect();
    await panel.waitFor({ state: "detached" });
  });

  it("loads artwork of the own server, and of other hosts only on request", async () => {
    const asked: string[] = [];
    const { page, server } = await startStage({}, (request, response) => {
      if (!request.url?.startsWith("/artwork/")) return false;
      asked.push(request.url);
      const isThere = request.url === "/artwork/there";
      response.writeHead(isThere ? 200 : 404, { "content-type": "image/png" });
      response.end(isThere ? defaultPicture : undefined);
      return true;
    });
    const elsewhere: string[] = [];
    const other = createServer((request, response) => {
      elsewhere.push(request.url ?? "");
      response.writeHead(200, { "content-type": "image/png" }).end(defaultPicture);
    }).listen(0, "127.0.0.1");
    onTestFinished(() => void other.close());
    await once(other, "listening");
    const otherOrigin = `http://127.0.0.1:${(other.address() as AddressInfo).port}`;
    const bot = await connectAs(server.port, { name: "DJ" });
    const [channel] = bot.channels;
    const play = async (title: string, artwork: string | null): Promise<void> => {
      const music = demoMusic(Date.now());
      const track = { ...music.player.track, title, artwork };
      await channel?.setState("music", { ...music, player: { ...music.player, track } });
      await panel.getByText(title).waitFor();
    };

    const ann = await openPage(browser(), page.url);
    const panel = ann.getByRole("region", { name: "Music" });
    const picture = panel.locator("img");
    const width = () => picture.evaluate((image: { naturalWidth?: number }) => image.naturalWidth ?? 0);
    await register(ann, "ann");
    await play("With a picture", "/artwork/there");
    await expect.poll(width).toBe(64);
    // Neither a broken image nor another resource of the server is requested.
    for (const [title, artwork] of [
      ["Without", null],
      ["Gone", "/artwork/gone"],
      ["Wrong", "/listen/there"],
      ["Worse", "javascript:alert(1)"],
    ] as const) {
      await play(title, artwork);
      await picture.waitFor({ state: "detached" });
    }
    await play("Back", "/artwork/there");
    await expect.poll(width).toBe(64);
    await play("Elsewhere", `${otherOrigin}/artwork/there`);
    const button = panel.getByRole("button", { name: `Show image from ${new URL(otherOrigin).host}` });
    await button.waitFor();
    expect(elsewhere).toEqual([]);
    await button.click();
    await expect.poll(width).toBe(64);
    expect(elsewhere).toEqual(["/artwork/there"]);
    expect(new Set(asked)).toEqual(new Set(["/artwork/there", "/artwork/gone"]));
  });
});
