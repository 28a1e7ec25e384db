// A device that wakes up: the page notices in a few seconds that its connection is dead.

import { describe, expect, it } from "vitest";
import { hasChromium } from "../support/chromium.ts";
import { exactMessage, openPage, register, say, startFragileStage, useBrowser } from "../support/web.ts";

/** Silence after which a connection is checked at once, in ms. */
const minSilenceMs = 2000;

describe.skipIf(!hasChromium)("in Chromium", () => {
  const browser = useBrowser();

  it.each([
    ["is online again", "dispatchEvent(new Event('online'))"],
    ["is focused", "dispatchEvent(new Event('focus'))"],
    ["is shown", "document.dispatchEvent(new Event('visibilitychange', { bubbles: true }))"],
  ])("notices a dead connection in 5 s when the page %s", async (_, event) => {
    const { page, proxy } = await startFragileStage();
    const ann = await openPage(browser(), page.url);
    await register(ann, "ann");
    proxy.inject({ type: "stall" });
    await ann.waitForTimeout(minSilenceMs + 500);
    const start = Date.now();
    await ann.evaluate(event);
    await ann.getByText("Connection lost").first().waitFor();
    expect(Date.now() - start).toBeLessThan(5000);
    proxy.heal();
  });

  it("notices a dead connection in 5 s when a message is sent, and sends it", async () => {
    const { page, proxy } = await startFragileStage();
    const ann = await openPage(browser(), page.url);
    await register(ann, "ann");
    proxy.inject({ type: "drop" });
    await ann.waitForTimeout(minSilenceMs + 500);
    const start = Date.now();
    await say(ann, "into the void");
    await ann.getByText("Connection lost").first().waitFor();
    expect(Date.now() - start).toBeLessThan(5000);
    proxy.heal();
    proxy.cut();
    await exactMessage(ann, "into the void").waitFor();
  });
});
