// Music of a real node and a real bot, and what the pages of a browser play of it.

import { startDj } from "@asterite/dj";
import { FaultProxy } from "@asterite/testkit";
import type { Page } from "playwright-core";
import { expect, onTestFinished } from "vitest";
import { temporaryFolder } from "./asterite.ts";
import type { AudioNode } from "./audio-node.ts";
import { quick } from "./dj.ts";
import { startRealNode } from "./real-audio-node.ts";

/** What the audio elements of a tab have played. */
export interface Heard {
  elements: number;
  /** Connections from which audio has arrived. */
  streams: number;
  /** How often the audio of the newest one has advanced. */
  steps: number;
}

/** Records what the audio elements of a tab play. Runs in the page. */
export function recordAudio(): void {
  const page = globalThis as unknown as {
    heard: Heard;
    Audio: new () => EventTarget & { readonly currentTime: number };
  };
  const heard: Heard = { elements: 0, streams: 0, steps: 0 };
  page.heard = heard;
  page.Audio = class extends page.Audio {
    constructor() {
      super();
      heard.elements++;
      this.addEventListener("loadeddata", () => {
        heard.streams++;
        heard.steps = 0;
      });
      this.addEventListener("timeupdate", () => {
        if (this.currentTime > 0) heard.steps++;
      });
    }
  };
}

export const heardIn = (page: Page) => page.evaluate(() => (globalThis as unknown as { heard: Heard }).heard);

/** Waits until audio flows from another connection than the first ones. */
export async function hearStream(page: Page, after: number): Promise<void> {
  await expect
    .poll(() => heardIn(page), { timeout: 30_000 })
    .toSatisfy(({ streams, steps }: Heard) => streams > after && steps > 2);
}

/**
 * Starts a node, a proxy for its streams, and a bot, which are closed after the test.
 *
 * @param port - Port of the chat server for the bot.
 */
export async function startMusic(
  port: number,
): Promise<{ readonly node: AudioNode; readonly streams: FaultProxy }> {
  const node = await startRealNode();
  const streams = await FaultProxy.start({ port: Number(new URL(node.url).port) });
  onTestFinished(() => streams.close());
  const dj = await startDj({
    server: { host: "127.0.0.1", port, tls: false },
    account: { username: "dj", password: "secret" },
    nodes: [{ url: node.url, password: null, listenUrl: `http://127.0.0.1:${streams.port}` }],
    folder: await temporaryFolder(),
    ...quick,
  });
  onTestFinished(() => dj.close());
  return { node, streams };
}

/** Plays a track in the channel of a page, and listens to it. */
export async function listen(page: Page, track: string): Promise<void> {
  const panel = page.getByRole("region", { name: "Music" });
  const field = panel.getByRole("textbox", { name: "Song, album, artist, playlist or address" });
  await field.fill(track);
  await field.press("Enter");
  await panel.getByRole("button", { name: "Listen", exact: true }).click();
  await hearStream(page, 0);
}
