// Listening to a real node with a real bot, across stalls, restarts, reloads and a second tab.

import { join } from "node:path";
import { startDj } from "@asterite/dj";
import { FaultProxy } from "@asterite/testkit";
import type { Page } from "playwright-core";
import { describe, expect, it, onTestFinished } from "vitest";
import { temporaryFolder } from "../support/asterite.ts";
import { hasChromium } from "../support/chromium.ts";
import { quick } from "../support/dj.ts";
import { startRealNode } from "../support/real-audio-node.ts";
import { startServer } from "../support/server.ts";
import { openPage, openTab, register, startFragileStage, useBrowser } from "../support/web.ts";

/** What the audio elements of a tab have played. */
interface Heard {
  elements: number;
  /** Connections from which audio has arrived. */
  streams: number;
  /** How often the audio of the newest one has advanced. */
  steps: number;
}

/** Records what the audio elements of a tab play. Runs in the page. */
function recordAudio(): void {
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

const heardIn = (page: Page) => page.evaluate(() => (globalThis as unknown as { heard: Heard }).heard);

/** Waits until audio flows from another connection than the first ones. */
async function hearStream(page: Page, after: number): Promise<void> {
  await expect
    .poll(() => heardIn(page), { timeout: 30_000 })
    .toSatisfy(({ streams, steps }: Heard) => streams > after && steps > 2);
}

describe.skipIf(!hasChromium)("in Chromium", () => {
  const browser = useBrowser();

  it("keeps listening across stalls, restarts and a reload, in one tab at a time", async () => {
    const database = join(await temporaryFolder(), "chat.db");
    const { page, server, proxy: chat } = await startFragileStage({ database });
    const node = await startRealNode();
    const streams = await FaultProxy.start({ port: Number(new URL(node.url).port) });
    onTestFinished(() => streams.close());
    const dj = await startDj({
      server: { host: "127.0.0.1", port: chat.port, tls: false },
      account: { username: "dj", password: "secret" },
      nodes: [{ url: node.url, password: null, listenUrl: `http://127.0.0.1:${streams.port}` }],
      folder: await temporaryFolder(),
      ...quick,
    });
    onTestFinished(() => dj.close());
    const ann = await openPage(browser(), page.url);
    await ann.addInitScript(recordAudio);
    await ann.reload();
    await register(ann, "ann");
    const panel = ann.getByRole("region", { name: "Music" });
    const field = panel.getByRole("textbox", { name: "Song, album, artist, playlist or address" });
    await field.fill("morning");
    await field.press("Enter");
    await panel.getByRole("button", { name: "Listen", exact: true }).click();
    await hearStream(ann, 0);
    /** Breaks the stream, and waits until audio flows again from another connection, the only one. */
    const outlast = async (fault: () => unknown): Promise<void> => {
      const { streams: before } = await heardIn(ann);
      await fault();
      await hearStream(ann, before);
      expect(streams.counts.open).toBe(1);
    };
    const interrupted = panel.getByText("Stream interrupted. Reconnecting…");

    // The connection stalls without an end.
    await outlast(async () => {
      streams.inject({ type: "stall", direction: "toClient" });
      await interrupted.waitFor();
      streams.heal();
    });

    // Everything restarts: the chat server, and the node, which has neither its players nor its keys any more.
    await outlast(async () => {
      await Promise.all([server.close({ graceMs: 0 }), node.kill()]);
      await expect.poll(() => streams.counts.open).toBe(0);
      const [next] = await Promise.all([
        startServer({ tls: "insecure-plaintext", name: "Garden", database }),
        node.restart(),
      ]);
      chat.target = { port: next.port };
    });

    // A reload continues, and a tab with a copy of the session's storage stays silent.
    const copied = await ann.evaluate(() => sessionStorage.getItem("asterite.listening"));
    await ann.reload();
    await hearStream(ann, 0);
    expect(streams.counts.open).toBe(1);

    const duplicate = await openTab(ann.context());
    await duplicate.addInitScript(recordAudio);
    await duplicate.addInitScript(
      (value) => sessionStorage.setItem("asterite.listening", value ?? ""),
      copied,
    );
    await duplicate.goto(page.url);
    const listen = { name: "Listen", exact: true } as const;
    await duplicate.getByRole("button", listen).waitFor();
    expect([(await heardIn(duplicate)).streams, streams.counts.open]).toEqual([0, 1]);

    // Only one tab plays.
    await duplicate.getByRole("button", listen).click();
    await hearStream(duplicate, 0);
    await panel.getByRole("button", listen).waitFor();
    await expect.poll(() => streams.counts.open).toBe(1);
    await duplicate.getByRole("button", { name: "Stop listening" }).click();
    await expect.poll(() => streams.counts.open).toBe(0);
    expect((await heardIn(duplicate)).elements).toBe(1);
  });
});
