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

/**
 * Script that ends a composition in the focused field with Enter, and cancels one with Escape, in the event order of
 * each engine. Returns whether the page has changed.
 */
const composeInFocusedField = `(async () => {
  const field = document.activeElement;
  const snapshot = () =>
    JSON.stringify([
      location.href,
      document.activeElement === field,
      [...document.querySelectorAll("input, textarea")].map(({ value }) => value),
      document.querySelectorAll("dialog[open], [role=dialog], [role=listbox], article").length,
    ]);
  const before = snapshot();
  const keydown = (key, isComposing) => (name) =>
    new KeyboardEvent("keydown", { key: key ?? name, isComposing, keyCode: 229, bubbles: true, cancelable: true });
  const end = () => new CompositionEvent("compositionend", { data: "", bubbles: true });
  const keyup = (name) => new KeyboardEvent("keyup", { key: name, bubbles: true });
  const engines = {
    chromium: [keydown(undefined, true), end, keyup],
    firefox: [keydown("Process", true), end, keyup],
    safari: [end, keydown(undefined, false), keyup],
  };
  for (const events of Object.values(engines)) {
    for (const name of ["Enter", "Escape"]) {
      field.dispatchEvent(new CompositionEvent("compositionstart", { bubbles: true }));
      for (const create of events) field.dispatchEvent(create(name));
      await new Promise((resolve) => setTimeout(resolve));
    }
  }
  return snapshot() !== before;
})()`;

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

  it("lets an input method use Enter and Escape in every field", async () => {
    const { page } = await startStage();
    const ann = await openPage(browser(), page.url);
    await register(ann, "ann");
    await say(ann, "one");
    await exactMessage(ann, "one").waitFor();
    /** Sends the keys of all engines to the focused field and returns whether a value, the focus or the page changed. */
    const compose = () => ann.evaluate<boolean>(composeInFocusedField);
    /** Open the fields, some of which are loaded on demand, and return them. */
    const open = {
      editor: async () => {
        await exactMessage(ann, "one").hover();
        await exactMessage(ann, "one").getByRole("button", { name: "Edit" }).click();
        const editor = ann.getByRole("textbox", { name: "Edit message" });
        await editor.fill("いち");
        return editor;
      },
      composer: async () => {
        await composer(ann).fill("にほん");
        return composer(ann);
      },
      suggestions: async () => {
        await composer(ann).pressSequentially(" @a");
        await ann.getByRole("listbox").waitFor();
        return composer(ann);
      },
      emoji: async () => {
        await ann.getByRole("button", { name: "Emoji", exact: true }).click();
        return ann.getByLabel("Search emoji");
      },
      search: async () => {
        await ann.keyboard.press("Control+Shift+F");
        const search = ann.getByRole("searchbox", { name: "Search messages" });
        await search.fill("いち");
        return search;
      },
      switcher: async () => {
        await ann.keyboard.press("Control+k");
        return ann.getByRole("dialog").getByRole("combobox");
      },
    };
    for (const [name, show] of Object.entries(open)) {
      const field = await show();
      await expect.poll(() => field.evaluate((one) => one === one.ownerDocument.activeElement)).toBe(true);
      expect([name, await compose()]).toEqual([name, false]);
    }
    await ann.keyboard.press("Escape");
    await composer(ann).fill("にほん");
    await composer(ann).press("Enter");
    await exactMessage(ann, "にほん").waitFor();
  });

  it("makes a new line with Enter on touch screens, in letters that do not zoom the page", async () => {
    const { page } = await startStage();
    const touch = { hasTouch: true, isMobile: true, viewport: { width: 390, height: 800 } };
    const ann = await openPage(browser(), page.url, touch);
    await register(ann, "ann");
    await composer(ann).pressSequentially("one");
    await composer(ann).press("Enter");
    await composer(ann).pressSequentially("two");
    expect(await composer(ann).inputValue()).toBe("one\ntwo");
    await ann.getByRole("button", { name: "Search" }).click();
    const sizes =
      "[...document.querySelectorAll('input, textarea')].map((field) => getComputedStyle(field).fontSize)";
    expect(new Set(await ann.evaluate<string[]>(sizes))).toEqual(new Set(["16px"]));
    await ann.getByRole("complementary").getByRole("button", { name: "Close" }).click();
    await ann.getByRole("button", { name: "Send", exact: true }).click();
    await message(ann, "two").waitFor();
    await composer(ann).fill("three");
    await composer(ann).press("Control+Enter");
    await exactMessage(ann, "three").waitFor();
  });

  it("stays on the page when a file is dropped or pasted, and says that it cannot be sent", async () => {
    const { page } = await startStage();
    const ann = await openPage(browser(), page.url);
    const give = (type: "drop" | "paste", target: string) =>
      ann.evaluate<boolean>(`(() => {
        const data = new DataTransfer();
        data.items.add(new File(["x"], "x.png", { type: "image/png" }));
        const options = { bubbles: true, cancelable: true };
        const event = ${type === "drop"}
          ? new DragEvent("drop", { ...options, dataTransfer: data })
          : new ClipboardEvent("paste", { ...options, clipboardData: data });
        document.querySelector("${target}").dispatchEvent(event);
        return event.defaultPrevented;
      })()`);
    // No field is open on the first page.
    await ann.getByLabel("Password").waitFor();
    expect(await give("drop", "body")).toBe(true);
    await register(ann, "ann");
    const note = ann.getByText("Files can't be sent here yet.");
    await give("paste", "textarea");
    await note.waitFor();
    await composer(ann).fill("text");
    await note.waitFor({ state: "detached" });
    expect(await give("drop", "body")).toBe(true);
    await note.waitFor();
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

  it("picks emoji by keyboard, remembers them and the skin tone, and completes names", async () => {
    const { page } = await startStage();
    const ann = await openPage(browser(), page.url);
    await register(ann, "ann");
    const picker = ann.getByRole("dialog", { name: "Emoji" });
    const focused = () => picker.locator(":focus").getAttribute("aria-label");
    const hasFocus = () => composer(ann).evaluate((field) => field === field.ownerDocument.activeElement);
    const open = async () => {
      await ann.keyboard.press("Tab");
      await ann.keyboard.press("Enter");
      await expect.poll(focused).toBe("Search emoji");
    };
    await composer(ann).fill("a b");
    await composer(ann).press("ArrowLeft");
    await open();
    await ann.keyboard.type("waving h");
    await picker.getByText("1 emoji found").waitFor({ state: "attached" });
    await ann.keyboard.press("ArrowDown");
    await expect.poll(focused).toBe("waving hand");
    // A letter continues the search, and Enter takes its first result.
    await ann.keyboard.press("n");
    await expect.poll(focused).toBe("Search emoji");
    await ann.keyboard.press("Enter");
    await picker.getByText("No emoji found").waitFor();
    await picker.getByRole("searchbox").fill("cat face");
    await ann.keyboard.press("Enter");
    await picker.waitFor({ state: "detached" });
    expect([await composer(ann).inputValue(), await hasFocus()]).toEqual(["a 🐱b", true]);

    await open();
    expect(await picker.locator("[data-place]").count()).toBeGreaterThan(1900);
    await ann.keyboard.press("ArrowDown");
    await expect.poll(focused).toBe("cat face");
    await ann.keyboard.press("PageDown");
    await ann.keyboard.press("PageDown");
    await expect.poll(focused).toBe("waving hand");
    await picker.getByRole("radio", { name: "Medium skin tone", exact: true }).press("Space");
    await picker.getByRole("button", { name: "waving hand" }).click();
    expect(await composer(ann).inputValue()).toBe("a 🐱👋🏽b");
    await open();
    await ann.keyboard.press("Escape");
    await picker.waitFor({ state: "detached" });
    expect(await hasFocus()).toBe(true);
    await composer(ann).press("Enter");
    await exactMessage(ann, "a 🐱👋🏽b").waitFor();

    await ann.reload();
    await ready(ann);
    await composer(ann).pressSequentially("x :+1");
    await ann.getByRole("option", { name: "thumbs up" }).waitFor();
    await composer(ann).press("Enter");
    expect(await composer(ann).inputValue()).toBe("x 👍🏽 ");
    await ann.getByRole("button", { name: "Emoji", exact: true }).click();
    const recent = picker.getByRole("region", { name: "Recently used" }).getByRole("button");
    expect(await recent.allInnerTexts()).toEqual(["👍🏽", "👋🏽", "🐱"]);
    await ann.keyboard.press("Escape");
    // An emoticon is not completed.
    await composer(ann).fill("");
    await composer(ann).pressSequentially("fine :D");
    await composer(ann).press("Enter");
    await exactMessage(ann, "fine :D").waitFor();
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

  it("keeps an edit and a reply through a reload, and their texts when the messages are deleted", async () => {
    const { page, server } = await startStage();
    const admin = await connectAs(server.port);
    const general = admin.getChannelByName("general");
    const ann = await openPage(browser(), page.url);
    await register(ann, "ann");
    await general?.send("a question");
    await say(ann, "one");
    await exactMessage(ann, "one").waitFor();
    await message(ann, "a question").hover();
    await ann.getByRole("button", { name: "Reply to admin" }).click();
    await composer(ann).fill("an answer");
    await exactMessage(ann, "one").hover();
    await exactMessage(ann, "one").getByRole("button", { name: "Edit" }).click();
    const editor = ann.getByRole("textbox", { name: "Edit message" });
    await editor.fill("one and a half");
    await ann.reload();
    await ready(ann);
    await editor.waitFor();
    expect(await editor.inputValue()).toBe("one and a half");
    await ann.getByText("Replying to admin").waitFor();
    for (const { uuid } of (await general?.fetchHistory()) ?? [])
      await admin.command("delete", { message: uuid });
    await ann.getByText("The message you were replying to was deleted.").waitFor();
    expect(await composer(ann).inputValue()).toBe("an answer");
    const kept = pending(ann).filter({ hasText: "one and a half" });
    await kept.getByText("Not sent – The message was deleted.").waitFor();
    await kept.getByRole("button", { name: "Try again" }).click();
    await exactMessage(ann, "one and a half").waitFor();
    await composer(ann).press("Enter");
    await exactMessage(ann, "an answer").waitFor();
    expect(await ann.getByText("Original message was deleted").count()).toBe(0);

    // Deleted while the page is closed.
    await exactMessage(ann, "an answer").hover();
    await exactMessage(ann, "an answer").getByRole("button", { name: "Edit" }).click();
    await editor.fill("a better answer");
    await ann.goto("about:blank");
    for (const { uuid } of (await general?.fetchHistory()) ?? [])
      await admin.command("delete", { message: uuid });
    await ann.goto(page.url);
    await ready(ann);
    await pending(ann).filter({ hasText: "a better answer" }).getByText("The message was deleted.").waitFor();
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
