// Long conversations: virtual list, scroll anchoring and unread markers.

import type { Server } from "@asterite/aster";
import type { Page } from "playwright-core";
import { describe, expect, it } from "vitest";
import { hasChromium } from "../support/chromium.ts";
import {
  connectAs,
  exactMessage,
  message,
  messages,
  openPage,
  ready,
  register,
  say,
  startFragileStage,
  startStage,
  useBrowser,
} from "../support/web.ts";

async function fill(server: Server, count: number, text = (index: number) => `line ${index}`): Promise<void> {
  const [channel] = server.channels;
  // In groups, because the time limit of each request begins when it is sent.
  for (let sent = 0; sent < count; sent += 500) {
    const length = Math.min(500, count - sent);
    await Promise.all(Array.from({ length }, (_, index) => channel?.send(text(sent + index + 1))));
  }
}

const eager = { connection: { requestsPerSecond: Number.POSITIVE_INFINITY } };

const feedOf = (page: Page) => page.getByRole("log");

describe.skipIf(!hasChromium)("in Chromium", () => {
  const browser = useBrowser();

  it("renders only visible rows of ten thousand messages and can reach any of them", async () => {
    const { page, server } = await startStage(eager);
    const bob = await connectAs(server.port, { name: "bob" });
    await fill(bob, 10_000, (index) => (index === 7 ? "the needle" : `line ${index}`));
    const ann = await openPage(browser(), page.url);
    await register(ann, "ann");
    await message(ann, "line 10000").waitFor();
    await ann.getByRole("button", { name: "Search" }).click();
    await ann.getByRole("searchbox", { name: "Search messages" }).fill("needle");
    await ann.keyboard.press("Enter");
    await ann
      .getByRole("complementary", { name: "Search" })
      .getByRole("button", { name: /the needle/ })
      .click();
    const needle = message(ann, "the needle");
    await needle.waitFor({ timeout: 15_000 });
    await expect.poll(() => needle.evaluate((row) => row === row.ownerDocument.activeElement)).toBe(true);
    expect(await feedOf(ann).evaluate((feed) => feed.scrollHeight)).toBeGreaterThan(200_000);
    expect(await messages(ann).count()).toBeLessThan(120);
    await ann.getByText("This is the start of #general.").waitFor();
    await ann.getByRole("button", { name: "Jump to latest" }).click();
    await message(ann, "line 10000").waitFor();
    expect(await messages(ann).count()).toBeLessThan(120);
  });

  it("keeps the scroll position while older messages are loaded", async () => {
    const { page, server, proxy } = await startFragileStage(eager);
    // Different heights, so that estimates are wrong.
    const bob = await connectAs(server.port, { name: "bob" });
    await fill(bob, 400, (index) =>
      index % 3 === 0 ? `line ${index}\n\n> quoted\n\nmore\nlines` : `line ${index}`,
    );
    const ann = await openPage(browser(), page.url);
    await register(ann, "ann");
    await message(ann, "line 400").waitFor();
    proxy.inject({ type: "stall", direction: "toClient" });
    await feedOf(ann).hover();
    await ann.mouse.wheel(0, -100_000);
    const read = message(ann, "line 303");
    await read.waitFor();
    await ann.getByText("Loading messages").waitFor({ state: "attached" });
    const place = async () => (await read.boundingBox())?.y ?? Number.NaN;
    const before = await place();
    const tall = await feedOf(ann).evaluate((feed) => feed.scrollHeight);
    proxy.heal();
    await expect.poll(() => feedOf(ann).evaluate((feed) => feed.scrollHeight)).toBeGreaterThan(tall + 1000);
    expect(Math.abs((await place()) - before)).toBeLessThan(2);
  });

  it("counts, marks and jumps to messages received while offline", async () => {
    const { page, server } = await startStage(eager);
    const ann = await openPage(browser(), page.url);
    await register(ann, "ann");
    const bob = await connectAs(server.port, { name: "bob" });
    await fill(bob, 1, () => "seen");
    await message(ann, "seen").waitFor();
    await expect.poll(() => ann.title()).not.toMatch(/^\(/);
    // The read marker has to reach the server before the page is closed.
    await expect.poll(async () => (await lastReads(server.port)).length).toBe(1);
    await ann.goto("about:blank");
    await fill(bob, 150, (index) => (index === 150 ? "hello @ann" : `line ${index}`));
    await ann.goto(page.url);
    await ready(ann);
    const pill = ann.getByRole("button", { name: "150 unread messages above" });
    // It is above the list and covers none of its messages.
    const [box, list] = [await pill.boundingBox(), await ann.getByRole("log").boundingBox()];
    expect((box?.y ?? 0) + (box?.height ?? 0)).toBeLessThanOrEqual(list?.y ?? 0);
    await pill.click();
    await ann.getByRole("separator", { name: "New" }).waitFor();
    await exactMessage(ann, "line 1").waitFor();

    async function lastReads(port: number) {
      const self = await connectAs(port, { name: "ann" });
      const reads = await self.fetchLastReads();
      await self.disconnect();
      return reads;
    }
  });

  it("counts mentions in an unopened channel since the last visit only", async () => {
    const { page, server } = await startStage();
    const admin = await connectAs(server.port);
    await admin.createChannel("old");
    const [general, old] = ["general", "old"].map((name) => admin.getChannelByName(name));
    await old?.send("@ann long ago");
    await general?.send("welcome");
    const ann = await openPage(browser(), page.url);
    await register(ann, "ann");
    const item = (name: string) =>
      ann.getByRole("navigation", { name: "Channels" }).getByRole("button", { name: new RegExp(name) });
    await message(ann, "welcome").waitFor();
    const self = await connectAs(server.port, { name: "ann" });
    await expect.poll(async () => (await self.fetchLastReads()).length).toBe(2);
    await ann.goto("about:blank");
    await admin.createChannel("new");
    await admin.getChannelByName("new")?.send("hello @ann");
    await old?.send("one more");
    await ann.goto(page.url);
    await item("new").getByText("1 mention", { exact: true }).waitFor({ state: "attached" });
    await item("old").getByText("1 unread", { exact: true }).waitFor({ state: "attached" });
    await item("new").click();
    await message(ann, "hello @ann").waitFor();
    await item("new")
      .getByText(/mention|unread/)
      .waitFor({ state: "detached" });
  });

  it("shows unread messages and mentions of other channels", async () => {
    const { page, server } = await startStage();
    const admin = await connectAs(server.port);
    await admin.createChannel("other");
    const ann = await openPage(browser(), page.url);
    await register(ann, "ann");
    const other = admin.getChannelByName("other");
    const item = ann.getByRole("navigation", { name: "Channels" }).getByRole("button", { name: /other/ });
    await other?.send("one");
    await item.getByText("1 unread").waitFor({ state: "attached" });
    await other?.send("two @ann");
    await item.getByText("1 mention", { exact: true }).waitFor({ state: "attached" });
    await expect.poll(() => ann.title()).toMatch(/^\(2\)/);
    const [mention] = (await other?.fetchHistory({ count: 1 })) ?? [];
    await admin.command("delete", { message: mention?.uuid ?? 0 });
    await item.getByText("1 mention", { exact: true }).waitFor({ state: "detached" });
    await expect.poll(() => ann.title()).toMatch(/^\(1\)/);
    await item.click();
    await message(ann, "one").waitFor();
    await item.getByText(/mentions|unread/).waitFor({ state: "detached" });
    await say(ann, "read");
    await exactMessage(ann, "read").waitFor();
  });
});
