// Search, read markers and large unread counts.

import type { Server } from "@asterite/aster";
import { describe, expect, it, onTestFinished } from "vitest";
import { hasChromium } from "../support/chromium.ts";
import {
  composer,
  connectAs,
  exactMessage,
  message,
  openHeldPage,
  openPage,
  openTab,
  register,
  startStage,
  useBrowser,
} from "../support/web.ts";

const eager = { connection: { requestsPerSecond: Number.POSITIVE_INFINITY } };

/** Connects the administrator without a page and creates a second channel. */
async function withChannel(port: number, name: string): Promise<Server> {
  const server = await connectAs(port);
  await server.createChannel(name);
  return server;
}

describe.skipIf(!hasChromium)("in Chromium", () => {
  const browser = useBrowser();

  it("searches as one types, with operators, page by page, and jumps to results", async () => {
    const { page, server } = await startStage(eager);
    const admin = await withChannel(server.port, "other");
    const [general, other] = ["general", "other"].map((name) => admin.getChannelByName(name));
    for (let count = 1; count <= 30; count++) await general?.send(`apple ${count}`);
    await other?.send("an **apple** elsewhere");
    const ann = await openPage(browser(), page.url);
    await register(ann, "ann");
    await message(ann, "apple 30").waitFor();
    await ann.keyboard.press("Control+Shift+f");
    const panel = ann.getByRole("complementary", { name: "Search" });
    const field = panel.getByRole("searchbox", { name: "Search messages" });
    await expect
      .poll(() => field.evaluate((input) => input === input.ownerDocument.activeElement))
      .toBe(true);
    await ann.keyboard.type("appl");
    await panel.getByText("25+ results").waitFor();
    expect(await panel.getByRole("button", { name: "apple 30" }).locator("mark").allTextContents()).toEqual([
      "appl",
    ]);
    await panel.getByRole("button", { name: "Show older" }).click();
    await panel.getByText("31 results").waitFor();
    expect(await panel.getByRole("button", { name: "Show older" }).count()).toBe(0);

    await panel.getByRole("switch", { name: "This channel only" }).check();
    await panel.getByRole("button", { name: /elsewhere/ }).waitFor({ state: "detached" });
    await panel.getByRole("switch", { name: "This channel only" }).uncheck();
    await panel.getByRole("button", { name: /an apple elsewhere/ }).click();
    await ann.getByRole("textbox", { name: "Message to #other" }).waitFor();
    await expect
      .poll(() => message(ann, "elsewhere").evaluate((row) => row === row.ownerDocument.activeElement))
      .toBe(true);

    await field.fill("pear");
    await panel.getByText("No results").waitFor();
    // A value is completed by keyboard, and the arrow keys lead to the results.
    await field.fill("apple in:ot");
    await panel.getByRole("option", { name: "other" }).waitFor();
    await field.press("Enter");
    await panel.getByText("1 result", { exact: true }).waitFor();
    expect(await field.inputValue()).toBe("apple in:other ");
    await field.press("ArrowDown");
    await ann.keyboard.press("ArrowUp");
    await expect
      .poll(() => field.evaluate((input) => input === input.ownerDocument.activeElement))
      .toBe(true);
    for (const [query, text] of [
      ["apple from:ann ", "No results"],
      ["apple from:admin in:other ", "1 result"],
      ["apple from:stranger ", "No member is called stranger."],
      ["apple after:2020-01-01 in:other ", "1 result"],
      ["apple before:2020-01-01 ", "No results"],
      ["apple before:soon ", "soon isn't a day"],
      ["in:other ", "1 result"],
      ["from:ann ", "No results"],
      ["from:admin ", "25+ results"],
      ["before:2020-01-01 ", "No results"],
      ["after:2020-01-01 in:other ", "1 result"],
    ] as const) {
      await field.fill(query);
      await panel.getByText(text).waitFor();
    }
    await other?.send("see [here](https://apple.example/x)");
    await message(ann, "see here").waitFor();
    await field.fill("has:link");
    await panel.getByRole("button", { name: /see here/ }).waitFor();
    await panel.getByText("1 result", { exact: true }).waitFor();
    await panel.getByRole("button", { name: "Close" }).click();
    await panel.waitFor({ state: "detached" });
    await composer(ann).waitFor();
  });

  it("asks for a word on servers that need one", async () => {
    const { page } = await startStage();
    const context = await browser().newContext({ serviceWorkers: "block" });
    onTestFinished(() => context.close());
    const ann = await openTab(context);
    await ann.routeWebSocket(/./, (socket) => {
      const server = socket.connectToServer();
      socket.onMessage((data) => {
        const { command, query } = JSON.parse(String(data)) as { command: string; query?: string };
        if (command === "search" && query === "") socket.send(JSON.stringify({ command, status: 400 }));
        else server.send(data);
      });
    });
    await ann.goto(page.url);
    await register(ann, "ann");
    await ann.keyboard.press("Control+Shift+f");
    const panel = ann.getByRole("complementary", { name: "Search" });
    await panel.getByRole("searchbox", { name: "Search messages" }).fill("from:ann ");
    await panel.getByText("Add a word to search for.").waitFor();
    expect(await panel.getByRole("alert").count()).toBe(0);
  });

  it("keeps channels read that were opened while unread counts were loading", async () => {
    const { page, server } = await startStage(eager);
    const admin = await withChannel(server.port, "before");
    await admin.createChannel("other");
    const { page: ann, hold, held } = await openHeldPage(browser(), page.url);
    await register(ann, "ann");
    await admin.getChannelByName("general")?.send("seen");
    await message(ann, "seen").waitFor();
    const account = await connectAs(server.port, { name: "ann" });
    const unread = async () => (await account.fetchLastReads()).map((read) => read.unread);
    await expect.poll(unread).toEqual([0]);
    await admin.getChannelByName("before")?.send("not seen");
    await admin.getChannelByName("other")?.send("@ann look");
    const item = ann.getByRole("navigation", { name: "Channels" }).getByRole("button", { name: /other/ });
    await item.getByText("1 mention").waitFor({ state: "attached" });
    // The channel is opened while the previous one is being searched.
    const release = hold("server", (packet) => packet.includes("not seen"));
    await ann.reload();
    await expect.poll(held).toBeGreaterThan(0);
    await item.click();
    await expect.poll(held).toBeGreaterThan(1);
    release();
    await exactMessage(ann, "@ann look").waitFor();
    await expect.poll(unread).toEqual([0, 0]);
    await admin.getChannelByName("general")?.send("done");
    await ann.getByRole("button", { name: "general 1 unread" }).waitFor();
    expect(await item.textContent()).not.toMatch(/mention|unread/);
  });

  it("counts messages that arrive while a new account's markers are loading", async () => {
    const { page, server } = await startStage(eager);
    const admin = await withChannel(server.port, "other");
    const other = admin.getChannelByName("other");
    await other?.send("long ago");
    const { page: ann, hold, held } = await openHeldPage(browser(), page.url);
    const asks = (packet: string) => packet.includes('"history"') && packet.includes(`${other?.uuid}`);
    const release = hold("page", asks);
    await register(ann, "ann");
    await expect.poll(held).toBeGreaterThan(0);
    await other?.send("news");
    await ann.getByRole("button", { name: "other 1 unread" }).waitFor();
    release();
    const account = await connectAs(server.port, { name: "ann" });
    await expect.poll(async () => (await account.fetchLastReads()).map((read) => read.unread)).toEqual([1]);
    await ann.reload();
    await ann.getByRole("button", { name: "other 1 unread" }).waitFor();
  });

  it("truncates large counts visually and exposes them in full to screen readers", async () => {
    const { page, server } = await startStage(eager);
    const long = `other-${"x".repeat(50)}`;
    const admin = await withChannel(server.port, long);
    const ann = await openPage(browser(), page.url);
    await register(ann, "ann");
    const other = admin.getChannelByName(long);
    const many = (count: number, text: string) =>
      Promise.all(Array.from({ length: count }, () => other?.send(text)));
    const item = ann.getByRole("navigation", { name: "Channels" }).getByRole("button", { name: /other/ });
    await other?.send("first");
    await item.click();
    await message(ann, "first").waitFor();
    const account = await connectAs(server.port, { name: "ann" });
    const marked = async () =>
      (await account.fetchLastReads()).filter(({ channelUuid }) => channelUuid === other?.uuid);
    await expect.poll(marked).toMatchObject([{ unread: 0 }]);
    await item.getByText("1 unread").waitFor({ state: "detached" });
    await ann.keyboard.press("Alt+ArrowUp");
    await ann.getByRole("textbox", { name: "Message to #general" }).waitFor();
    await many(1200, "line");
    await item.getByText("1,200 unread").waitFor({ state: "attached", timeout: 30_000 });
    await item.getByText("999+").waitFor();
    const rail = ann.getByRole("navigation", { name: "Servers" });
    await rail.getByRole("button", { name: "Garden, 1,200 unread" }).waitFor();
    await many(120, "@ann");
    await rail.getByRole("button", { name: "Garden, 120 mentions" }).waitFor({ timeout: 30_000 });
    await rail.getByText("99+").waitFor();
    await item.getByText("120 mentions").waitFor({ state: "attached" });
    // A long name must not push the count out of view.
    const list = ann.getByRole("navigation", { name: "Channels" });
    const boxes = [item.getByText("120", { exact: true }), item, list].map((part) => part.boundingBox());
    const [badge, button, around] = await Promise.all(boxes);
    const right = (box: typeof badge) => (box ? box.x + box.width : Number.NaN);
    expect(right(badge)).toBeLessThan(right(button));
    expect(right(button)).toBeLessThanOrEqual(right(around));
    expect(button?.height).toBeLessThan(40);

    await ann.reload();
    await item.click();
    await ann.getByRole("button", { name: "1,320 unread messages above" }).click();
    await ann.getByRole("separator", { name: "New" }).waitFor({ timeout: 30_000 });
    await ann.getByRole("button", { name: "Jump to latest" }).click();
    await expect.poll(() => exactMessage(ann, "@ann").count()).toBeGreaterThan(5);
    await item.getByText(/unread|mentions/).waitFor({ state: "detached" });
    await expect.poll(() => ann.title()).toBe(`#${long} – Garden`);
  });
});
