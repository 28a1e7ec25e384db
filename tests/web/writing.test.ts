// Composer: drafts, slow mode, emoji picker, editing and limits.

import type { Page } from "playwright-core";
import { describe, expect, it } from "vitest";
import { hasChromium } from "../support/chromium.ts";
import {
  composer,
  connectAs,
  exactMessage,
  message,
  messages,
  openHeldPage,
  openPage,
  pending,
  ready,
  register,
  say,
  startStage,
  useBrowser,
} from "../support/web.ts";

const channelItem = (page: Page, name: string) =>
  page.getByRole("navigation", { name: "Channels" }).getByRole("button", { name });

const slow = /^Slow mode: you can send again in \d+ s$/;

describe.skipIf(!hasChromium)("in Chromium", () => {
  const browser = useBrowser();

  it("keeps draft and reply target per channel across switches and reloads", async () => {
    const { page, server } = await startStage();
    const admin = await connectAs(server.port);
    await admin.createChannel("other");
    const ann = await openPage(browser(), page.url);
    await register(ann, "ann");
    await admin.getChannelByName("general")?.send("a question");
    await message(ann, "a question").hover();
    await ann.getByRole("button", { name: "Reply to admin" }).click();
    await composer(ann).fill("for general");
    await channelItem(ann, "other").click();
    const other = ann.getByRole("textbox", { name: "Message to #other" });
    expect(await other.inputValue()).toBe("");
    await other.fill("for the other");
    await channelItem(ann, "general").click();
    const general = ann.getByRole("textbox", { name: "Message to #general" });
    expect(await general.inputValue()).toBe("for general");
    await ann.getByText("Replying to admin").waitFor();
    await ann.reload();
    await ready(ann);
    expect(await general.inputValue()).toBe("for general");
    await ann.getByText("Replying to admin").waitFor();
    await general.press("Enter");
    await exactMessage(ann, "for general").getByRole("button", { name: "Jump to admin's message" }).waitFor();
    await channelItem(ann, "other").click();
    expect(await other.inputValue()).toBe("for the other");
  });

  it("shows the slow mode countdown and keeps the text", async () => {
    const { page, server } = await startStage();
    const admin = await connectAs(server.port);
    const general = admin.getChannelByName("general");
    await general?.edit({ slowSeconds: 600 });
    const ann = await openPage(browser(), page.url);
    await register(ann, "ann");
    await say(ann, "one");
    await exactMessage(ann, "one").waitFor();
    const wait = ann.getByText(slow);
    const first = await wait.textContent();
    await say(ann, "two");
    expect(await composer(ann).inputValue()).toBe("two");
    expect(await ann.getByRole("button", { name: "Send", exact: true }).isDisabled()).toBe(true);
    await expect.poll(() => wait.textContent()).not.toBe(first);
    await general?.edit({ slowSeconds: 0 });
    await wait.waitFor({ state: "detached" });
    await composer(ann).press("Enter");
    await exactMessage(ann, "two").waitFor();
  });

  it("retries a message refused by slow mode", async () => {
    const { page, server } = await startStage();
    const admin = await connectAs(server.port);
    const general = admin.getChannelByName("general");
    await general?.edit({ slowSeconds: 600 });
    const ann = await openPage(browser(), page.url);
    await register(ann, "ann");
    await say(ann, "one");
    await exactMessage(ann, "one").waitFor();
    await ann.reload();
    await ready(ann);
    await exactMessage(ann, "one").waitFor();
    await say(ann, "two");
    const refused = pending(ann).filter({ hasText: "Not sent" });
    await refused.getByText(/wait a moment/).waitFor();
    await ann.getByText(slow).waitFor();
    await general?.edit({ slowSeconds: 0 });
    await ann.getByText(slow).waitFor({ state: "detached" });
    await refused.getByRole("button", { name: "Try again" }).click();
    await refused.waitFor({ state: "detached" });
    await exactMessage(ann, "two").waitFor();
  });

  it("opens, searches and closes the emoji picker by keyboard", async () => {
    const { page } = await startStage();
    const ann = await openPage(browser(), page.url);
    await register(ann, "ann");
    await composer(ann).fill("a b");
    await composer(ann).press("ArrowLeft");
    await ann.keyboard.press("Tab");
    await ann.keyboard.press("Enter");
    const picker = ann.getByRole("dialog", { name: "Emoji" });
    const focused = () => picker.locator(":focus").getAttribute("aria-label");
    await expect.poll(focused).toBe("Search emoji");
    await ann.keyboard.type("cat");
    await ann.keyboard.press("ArrowDown");
    await expect.poll(focused).toBe("cat");
    await ann.keyboard.press("ArrowUp");
    await expect.poll(focused).toBe("Search emoji");
    await ann.keyboard.press("ArrowDown");
    await ann.keyboard.press("Enter");
    await picker.waitFor({ state: "detached" });
    expect(await composer(ann).inputValue()).toBe("a 🐱b");
    expect(await composer(ann).evaluate((field) => field === field.ownerDocument.activeElement)).toBe(true);
    await ann.keyboard.press("Tab");
    await ann.keyboard.press("Enter");
    await picker.waitFor();
    await ann.keyboard.type("no such thing");
    await picker.getByText("No emoji found").waitFor();
    await ann.keyboard.press("Escape");
    await picker.waitFor({ state: "detached" });
    expect(await composer(ann).evaluate((field) => field === field.ownerDocument.activeElement)).toBe(true);
    await composer(ann).press("Enter");
    await exactMessage(ann, "a 🐱b").waitFor();
  });

  it("keeps another edit open when an earlier one is saved", async () => {
    const { page } = await startStage();
    const { page: ann, hold } = await openHeldPage(browser(), page.url);
    await register(ann, "ann");
    for (const text of ["one", "two"]) {
      await say(ann, text);
      await exactMessage(ann, text).waitFor();
    }
    const edit = async (text: string) => {
      await exactMessage(ann, text).hover();
      await exactMessage(ann, text).getByRole("button", { name: "Edit" }).click();
    };
    const editor = ann.getByRole("textbox", { name: "Edit message" });
    await edit("one");
    const release = hold("server");
    await editor.fill("uno");
    await editor.press("Enter");
    await edit("two");
    await editor.fill("due");
    release();
    await message(ann, "uno").waitFor();
    expect(await editor.inputValue()).toBe("due");
    await editor.press("Enter");
    await message(ann, "due").waitFor();
    expect(await messages(ann).count()).toBe(2);
  });

  it("renders custom emoji in messages and picker, and the name of deleted ones", async () => {
    const { page, server } = await startStage();
    const admin = await connectAs(server.port);
    const ann = await openPage(browser(), page.url);
    await register(ann, "ann");
    const picture = await ann.screenshot({ clip: { x: 0, y: 0, width: 32, height: 32 } });
    await admin.admin.createEmoji("leaf", picture);
    await say(ann, "a :leaf: falls");
    const drawn = message(ann, "falls").getByRole("img", { name: ":leaf:" });
    await drawn.waitFor();
    const width = "document.querySelector('[role=log] img[alt=\":leaf:\"]').naturalWidth";
    await expect.poll(() => ann.evaluate<number>(width)).toBe(32);
    await ann.getByRole("button", { name: "Emoji" }).click();
    await ann
      .getByRole("dialog", { name: "Emoji" })
      .getByRole("button", { name: "leaf", exact: true })
      .click();
    expect(await composer(ann).inputValue()).toBe(":leaf:");
    const [emoji] = await admin.listEmojis();
    await admin.admin.deleteEmoji(emoji?.uuid ?? 0);
    await message(ann, "a :leaf: falls").waitFor();
    expect(await drawn.count()).toBe(0);
  });

  it("reports a message that is too long before sending it", async () => {
    const { page } = await startStage({ limits: { content: 100 } });
    const ann = await openPage(browser(), page.url);
    await register(ann, "ann");
    await composer(ann).fill("x".repeat(107));
    await ann.getByText("7 over the character limit").waitFor();
    await composer(ann).press("Enter");
    expect([await messages(ann).count(), await pending(ann).count()]).toEqual([0, 0]);
    expect(await composer(ann).inputValue()).toHaveLength(107);
  });
});
