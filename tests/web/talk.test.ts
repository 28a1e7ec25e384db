// Two users chat in two pages on a real server.

import { Server } from "@asterite/aster";
import type { Locator } from "playwright-core";
import { describe, expect, it, onTestFinished } from "vitest";
import { hasChromium } from "../support/chromium.ts";
import {
  composer,
  message,
  messages,
  openPage,
  ready,
  register,
  say,
  startStage,
  useBrowser,
} from "../support/web.ts";

describe.skipIf(!hasChromium)("in Chromium", () => {
  const browser = useBrowser();

  it("lets two users register, chat, reply, edit and delete", async () => {
    const { page } = await startStage();
    const ann = await openPage(browser(), page.url);
    await register(ann, "ann");
    const bob = await openPage(browser(), page.url);
    await register(bob, "bob");

    await say(ann, "hello **there**");
    await message(bob, "hello there").waitFor();
    expect(await message(bob, "hello there").locator("strong").textContent()).toBe("there");

    await message(bob, "hello there").hover();
    await bob.getByRole("button", { name: "Reply to ann" }).click();
    await say(bob, "hi!");
    const reply = message(ann, "hi!");
    await reply.waitFor();
    await reply.getByRole("button", { name: "Jump to ann's message" }).click();

    await composer(ann).press("ArrowUp");
    const editor = ann.getByRole("textbox", { name: "Edit message" });
    await editor.fill("hello all");
    await editor.press("Enter");
    await message(bob, /hello all.*\(edited\)/s).waitFor();

    await message(ann, "hello all").first().hover();
    await message(ann, "hello all").first().getByRole("button", { name: "Delete" }).click();
    await ann.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
    await bob.getByText("Original message was deleted").waitFor();
    expect(await messages(bob).count()).toBe(1);
  });

  it("marks an edit in the last line, folds many lines, and shows one toolbar at a time", async () => {
    const { page } = await startStage();
    const ann = await openPage(browser(), page.url);
    await ann.getByLabel("Password").waitFor();
    // Without a login the page shows no account and no message.
    for (const name of ["Members", "Search", "Channels"]) expect(await ann.getByLabel(name).count()).toBe(0);
    await register(ann, "ann");
    await say(ann, "a short line");
    await composer(ann).press("ArrowUp");
    await ann.getByRole("textbox", { name: "Edit message" }).fill("a shorter line");
    await ann.keyboard.press("Enter");
    const mark = message(ann, "a shorter line").getByText("(edited)");
    await mark.waitFor();
    const bottomOf = async (locator: Locator): Promise<number> => {
      const { y = 0, height = 0 } = (await locator.boundingBox()) ?? {};
      return y + height;
    };
    const line = message(ann, "a shorter line").getByText("a shorter line");
    expect(Math.abs((await bottomOf(mark)) - (await bottomOf(line)))).toBeLessThan(8);

    await say(ann, Array.from({ length: 60 }, (_, index) => `line ${index}`).join("\n"));
    await message(ann, "line 29").waitFor();
    expect(await message(ann, "line 50").count()).toBe(0);
    await message(ann, "line 29").getByRole("button", { name: "Show full message" }).click();
    await message(ann, "line 59").waitFor();

    // One message has the focus, and the pointer is over another one.
    await say(ann, "the last line");
    await message(ann, "the last line").focus();
    const toolbars = ann.getByRole("toolbar", { name: "Actions" }).filter({ visible: true });
    await expect.poll(() => toolbars.count()).toBe(1);
    await message(ann, "line 59").hover();
    await expect.poll(() => toolbars.count()).toBe(1);
  });

  it("updates presence, typing indicator and day separators", async () => {
    const { page } = await startStage();
    const ann = await openPage(browser(), page.url);
    await register(ann, "ann");
    const bob = await openPage(browser(), page.url);
    await register(bob, "bob");
    const members = ann.getByRole("complementary", { name: "Members" });
    const bobRow = members.getByRole("listitem").filter({ hasText: "bob" });
    await members.getByText("2 online").waitFor();
    await bobRow.getByText("online", { exact: true }).waitFor({ state: "attached" });
    await composer(bob).pressSequentially("hel");
    const typing = ann.getByText("bob is typing…");
    await typing.waitFor();
    await typing.getByRole("button", { name: "bob" }).click();
    await ann.getByRole("dialog", { name: "Profile" }).getByText("bob", { exact: true }).waitFor();
    await ann.goBack();
    await composer(bob).press("Enter");
    await message(ann, "hel").waitFor();
    await expect.poll(() => ann.getByText("bob is typing…").count()).toBe(0);
    await ann.getByRole("separator", { name: "Today" }).waitFor();
    await bob.context().close();
    await members.getByText("1 online").waitFor();
    await bobRow.getByText("offline", { exact: true }).waitFor({ state: "attached" });
  });

  it("marks bots in messages and in the list of members, as soon as they declare themselves", async () => {
    const { page, server } = await startStage();
    const ann = await openPage(browser(), page.url);
    await register(ann, "ann");
    const bot = new Server("127.0.0.1", server.port, {
      username: "robot",
      password: "a long secret",
      registerIfMissing: true,
      tls: false,
    });
    onTestFinished(() => bot.disconnect());
    await bot.connect();
    await bot.channels[0]?.send("beep");
    await message(ann, "beep").waitFor();
    const row = ann
      .getByRole("complementary", { name: "Members" })
      .getByRole("listitem")
      .filter({ hasText: "robot" });
    await row.waitFor();
    const marks = () => ann.getByText("BOT", { exact: true }).count();
    expect(await marks()).toBe(0);
    await bot.account.setBot(true);
    await row.getByText("BOT", { exact: true }).waitFor();
    await message(ann, "beep").getByText("BOT", { exact: true }).waitFor();
    expect(await marks()).toBe(2);
    await bot.channels[0]?.sendTyping();
    const typing = ann.getByText(/^\s*robot\s+BOT\s+is typing…$/);
    await typing.getByText("BOT", { exact: true }).waitFor();
  });

  it("restores session and draft after a reload", async () => {
    const { page } = await startStage();
    const ann = await openPage(browser(), page.url);
    await register(ann, "ann");
    await say(ann, "first");
    await message(ann, "first").waitFor();
    await composer(ann).fill("half a sent");
    await ann.reload();
    await ready(ann);
    expect(await composer(ann).inputValue()).toBe("half a sent");
    await message(ann, "first").waitFor();
    expect(await ann.evaluate(() => JSON.stringify(localStorage))).not.toContain("secret");
  });
});
