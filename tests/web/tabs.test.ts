// Two tabs of one browser: drafts, unsent messages, order, sign-in and sign-out.

import type { Browser, Page } from "playwright-core";
import { describe, expect, it, onTestFinished } from "vitest";
import { hasChromium } from "../support/chromium.ts";
import {
  composer,
  connectAs,
  exactMessage,
  openTab,
  pending,
  ready,
  register,
  say,
  startFragileStage,
  startStage,
  useBrowser,
} from "../support/web.ts";

/** Opens two tabs of one browser that are signed in with the same account. */
async function openTwoTabs(browser: Browser, url: string): Promise<readonly [Page, Page]> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  onTestFinished(() => context.close());
  const one = await openTab(context);
  await one.goto(url);
  await register(one, "ann");
  const two = await openTab(context);
  await two.goto(url);
  await ready(two);
  return [one, two];
}

const channelItem = (page: Page, name: string) =>
  page.getByRole("navigation", { name: "Channels" }).getByRole("button", { name });

describe.skipIf(!hasChromium)("in Chromium", () => {
  const browser = useBrowser();

  it("keeps the drafts of both tabs, and continues a draft in the other one", async () => {
    const { page, server } = await startStage();
    const admin = await connectAs(server.port);
    await admin.createChannel("other");
    const [one, two] = await openTwoTabs(browser(), page.url);
    await channelItem(two, "other").click();
    const other = two.getByRole("textbox", { name: "Message to #other" });
    const general = one.getByRole("textbox", { name: "Message to #general" });
    await general.fill("half a");
    await other.fill("another");
    await general.fill("half a sentence");
    await channelItem(two, "general").click();
    await expect.poll(() => composer(two).inputValue()).toBe("half a sentence");
    await composer(two).fill("half a sentence, done");
    await expect.poll(() => general.inputValue()).toBe("half a sentence, done");
    await composer(two).press("Enter");
    await exactMessage(one, "half a sentence, done").waitFor();
    await expect.poll(() => general.inputValue()).toBe("");
    await channelItem(one, "other").click();
    expect(await composer(one).inputValue()).toBe("another");
  });

  it("sends what both tabs wrote while away once, in the order of writing", async () => {
    const { page, proxy, server } = await startFragileStage();
    const admin = await connectAs(server.port);
    const [one, two] = await openTwoTabs(browser(), page.url);
    proxy.inject({ type: "refuse" });
    proxy.cut();
    const texts = ["first", "second", "third", "fourth"];
    for (const tab of [one, two]) await tab.getByText("Connection lost").first().waitFor();
    for (const [index, text] of texts.entries()) {
      await say(index % 2 === 0 ? one : two, text);
      for (const tab of [one, two]) await pending(tab).filter({ hasText: text }).waitFor();
    }
    await one.reload();
    proxy.heal();
    for (const tab of [one, two]) for (const text of texts) await exactMessage(tab, text).waitFor();
    const history = await admin.getChannelByName("general")?.fetchHistory({ count: 10 });
    expect(history?.map(({ content }) => content)).toEqual(texts);
    for (const tab of [one, two]) expect(await pending(tab).count()).toBe(0);
  });

  it("hands unsent messages to the other tab when the first one is closed", async () => {
    const { page, proxy } = await startFragileStage();
    const [one, two] = await openTwoTabs(browser(), page.url);
    proxy.inject({ type: "refuse" });
    proxy.cut();
    await say(one, "written in the first tab");
    await pending(two).filter({ hasText: "written in the first tab" }).waitFor();
    await one.close();
    proxy.heal();
    await exactMessage(two, "written in the first tab").waitFor();
    expect(await pending(two).count()).toBe(0);
  });

  it("signs out and in again in both tabs", async () => {
    const { page } = await startStage();
    const [one, two] = await openTwoTabs(browser(), page.url);
    await one.getByRole("button", { name: "Server menu" }).click();
    await one.getByRole("menuitem", { name: "Sign out" }).click();
    await one.getByLabel("Password").waitFor();
    await two.getByLabel("Password").waitFor();
    await two.getByLabel("Name", { exact: true }).fill("ann");
    await two.getByLabel("Password").fill("secret");
    await two.locator("form button[type=submit]").click();
    await ready(two);
    await ready(one);
    await say(one, "both are back");
    await exactMessage(two, "both are back").waitFor();
  });
});
