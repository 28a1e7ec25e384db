// Listening to a real node with a real bot, across stalls, restarts, reloads and a second tab.

import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { temporaryFolder } from "../support/asterite.ts";
import { hasChromium } from "../support/chromium.ts";
import { heardIn, hearStream, listen, recordAudio, startMusic } from "../support/listening.ts";
import { startServer } from "../support/server.ts";
import { openPage, openTab, register, startFragileStage, useBrowser } from "../support/web.ts";

describe.skipIf(!hasChromium)("in Chromium", () => {
  const browser = useBrowser();

  it("keeps listening across stalls, restarts and a reload, in one tab at a time", async () => {
    const database = join(await temporaryFolder(), "chat.db");
    const { page, server, proxy: chat } = await startFragileStage({ database });
    const { node, streams } = await startMusic(chat.port);
    const ann = await openPage(browser(), page.url);
    await ann.addInitScript(recordAudio);
    await ann.reload();
    await register(ann, "ann");
    await listen(ann, "morning");
    const panel = ann.getByRole("region", { name: "Music" });
    // All buttons are in one row on a phone.
    const size = ann.viewportSize() ?? { width: 0, height: 0 };
    const rows = () =>
      panel
        .locator(".controls button:visible")
        .evaluateAll((buttons) => buttons.map((button) => button.getBoundingClientRect().bottom));
    await ann.setViewportSize({ ...size, width: 360 });
    await panel.getByRole("button", { name: "Stop listening" }).waitFor();
    expect((await rows()).length).toBeGreaterThan(4);
    expect(new Set(await rows()).size).toBe(1);
    await ann.setViewportSize(size);

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
    const listenButton = { name: "Listen", exact: true } as const;
    await duplicate.getByRole("button", listenButton).waitFor();
    expect([(await heardIn(duplicate)).streams, streams.counts.open]).toEqual([0, 1]);

    // Only one tab plays.
    await duplicate.getByRole("button", listenButton).click();
    await hearStream(duplicate, 0);
    await panel.getByRole("button", listenButton).waitFor();
    await expect.poll(() => streams.counts.open).toBe(1);
    await duplicate.getByRole("button", { name: "Stop listening" }).click();
    await expect.poll(() => streams.counts.open).toBe(0);
    expect((await heardIn(duplicate)).elements).toBe(1);
  });
});
