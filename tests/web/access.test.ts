// Keyboard, screen reader and small-screen access.

import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import type { Page } from "playwright-core";
import { describe, expect, it } from "vitest";
import { hasChromium } from "../support/chromium.ts";
import {
  administrator,
  composer,
  connectAs,
  exactMessage,
  message,
  openHeldPage,
  openPage,
  pending,
  register,
  say,
  signIn,
  startStage,
  useBrowser,
} from "../support/web.ts";
import { demoMusic } from "./demo-server.test-support.ts";

const axe = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** Returns the accessibility violations of the current view. */
async function faultsOf(page: Page): Promise<string[]> {
  // Evaluated instead of loaded, because the content security policy blocks foreign scripts.
  await page.evaluate(axe);
  // Wait until colour transitions have finished.
  await page.evaluate("Promise.all(document.getAnimations().map((one) => one.finished.catch(() => {})))");
  return await page.evaluate<
    string[]
  >(`axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"] })
    .then(({ violations }) => violations.flatMap(({ id, nodes }) => nodes.map(({ html, any }) =>
      id + ": " + html.slice(0, 160) + " " + any.map(({ message }) => message).join("; ").slice(0, 200))))`);
}

describe.skipIf(!hasChromium)("in Chromium", () => {
  const browser = useBrowser();

  it.each(["light", "dark"] as const)(
    "14: every view has names, roles and contrast as they should be, %s",
    async (colorScheme) => {
      const { page, server } = await startStage();
      const admin = await openPage(browser(), page.url, { colorScheme });
      await admin.getByLabel("Password").waitFor();
      expect(await faultsOf(admin)).toEqual([]);
      await signIn(admin, administrator.name, administrator.password);
      await say(
        admin,
        "# Title\n**bold** `code` [link](https://example.org) @admin ||x||\n> quote\n\n- list",
      );
      await say(
        admin,
        "```ts\nconst a = 1; // note\n```\n![cat](https://example.org/cat.png)\n\n|a|b|\n|-|-|\n|1|2|",
      );
      await message(admin, "note").locator(".comment").waitFor();
      expect(await faultsOf(admin)).toEqual([]);

      const bot = await connectAs(server.port, { name: "DJ" });
      await bot.channels[0]?.setState("music", demoMusic(Date.now()));
      await admin.getByRole("button", { name: "3 in queue" }).click();
      await admin.getByRole("button", { name: "Volume for everyone" }).click();
      await admin.getByRole("slider", { name: "Volume for everyone" }).waitFor();
      expect(await faultsOf(admin)).toEqual([]);

      await admin.getByRole("button", { name: "Emoji" }).click();
      expect(await faultsOf(admin)).toEqual([]);
      await admin.keyboard.press("Escape");
      await admin.getByRole("button", { name: "Search" }).click();
      await admin.getByRole("searchbox").fill("title");
      await admin.keyboard.press("Enter");
      await admin.getByText("1 result").waitFor();
      expect(await faultsOf(admin)).toEqual([]);

      await admin.getByRole("button", { name: "Server menu" }).click();
      expect(await faultsOf(admin)).toEqual([]);
      await admin.getByRole("menuitem", { name: "Server settings" }).click();
      for (const tab of ["Overview", "Channels", "Groups", "Members", "Emoji", "Bans"]) {
        await admin.getByRole("tab", { name: tab }).click();
        expect([tab, await faultsOf(admin)]).toEqual([tab, []]);
      }
      await admin.keyboard.press("Escape");
      await admin.getByRole("button", { name: "Your account" }).click();
      for (const tab of ["Profile", "Password", "Sessions"]) {
        await admin.getByRole("tab", { name: tab }).click();
        expect([tab, await faultsOf(admin)]).toEqual([tab, []]);
      }
      await admin.keyboard.press("Escape");
      for (const name of ["Preferences", "Add a server"]) {
        await admin.getByRole("button", { name }).click();
        await admin.getByRole("dialog", { name }).waitFor();
        expect([name, await faultsOf(admin)]).toEqual([name, []]);
        await admin.keyboard.press("Escape");
      }
    },
  );

  it("is fully usable by keyboard", async () => {
    const { page } = await startStage();
    const bob = await openPage(browser(), page.url);
    await register(bob, "bob");
    const ann = await openPage(browser(), page.url);
    const { keyboard } = ann;
    const focused = () =>
      ann.evaluate<string>(
        "(({ activeElement: at }) => at.getAttribute('aria-label') || at.name || at.textContent.trim())(document)",
      );
    const tabTo = async (name: string | RegExp, key = "Tab") => {
      for (let tries = 0; tries < 40; tries++) {
        await keyboard.press(key);
        const now = await focused();
        if (typeof name === "string" ? now === name : name.test(now)) return;
      }
      throw new Error(`nothing called ${name} can be reached with ${key}`);
    };
    await ann.getByLabel("Password").waitFor();
    await tabTo("Create account");
    await keyboard.press("Enter");
    await tabTo("username");
    await keyboard.type("ann");
    await keyboard.press("Tab");
    await keyboard.type("secret");
    await keyboard.press("Enter");
    await composer(ann).waitFor();
    await tabTo("Message to #general");
    await keyboard.type("typed");
    await keyboard.press("Enter");
    await exactMessage(ann, "typed").waitFor();
    await exactMessage(bob, "typed").waitFor();

    // ArrowUp in the empty field edits the last own message; Escape cancels.
    await keyboard.press("ArrowUp");
    await ann.getByRole("textbox", { name: "Edit message" }).waitFor();
    await keyboard.type(" well");
    await keyboard.press("Enter");
    await message(bob, "typed well").waitFor();

    await say(bob, "hello ann");
    await exactMessage(ann, "hello ann").waitFor();
    await tabTo("Messages in #general", "Shift+Tab");
    await keyboard.press("ArrowUp");
    await expect.poll(focused).toMatch(/^bob/);
    await keyboard.press("r");
    await ann.getByText("Replying to bob").waitFor();
    await keyboard.type("hi bob");
    await keyboard.press("Enter");
    await message(bob, "hi bob")
      .getByRole("button", { name: /^Jump to .*'s message/ })
      .waitFor();
    await tabTo("Messages in #general", "Shift+Tab");
    await keyboard.press("ArrowUp");
    await keyboard.press("Delete");
    await ann.getByRole("dialog", { name: "Delete this message?" }).waitFor();
    await keyboard.press("Enter");
    await expect.poll(() => message(bob, "hi bob").count()).toBe(0);

    await keyboard.press("Control+k");
    await ann.getByRole("combobox").waitFor();
    await keyboard.type("gen");
    await keyboard.press("Enter");
    await ann.getByRole("dialog").waitFor({ state: "detached" });
    await tabTo("Server menu", "Shift+Tab");
    await keyboard.press("Enter");
    await keyboard.press("ArrowDown");
    await keyboard.press("Escape");
    expect(await focused()).toBe("Server menu");
    await tabTo(/^Your account/);
    await keyboard.press("Enter");
    await ann.getByRole("dialog", { name: "Your account" }).waitFor();
    await tabTo("Profile");
    await keyboard.press("ArrowRight");
    await ann.getByLabel("Current password").waitFor();
    await keyboard.press("Escape");
    expect(await focused()).toMatch(/^Your account/);
  });

  it("closes a finished dialog without closing the one opened above it", async () => {
    const { page } = await startStage();
    const { page: ann, hold } = await openHeldPage(browser(), page.url);
    await register(ann, "ann");
    await say(ann, "to be deleted");
    await exactMessage(ann, "to be deleted").hover();
    await ann.getByRole("button", { name: "Delete" }).click();

    const release = hold("server");
    const question = ann.getByRole("dialog", { name: "Delete this message?" });
    await question.getByRole("button", { name: "Delete", exact: true }).click();
    await ann.keyboard.press("Control+k");
    await ann.getByRole("combobox").fill("gen");
    expect(await question.count()).toBe(1);
    release();
    await question.waitFor({ state: "detached" });
    expect(await ann.getByRole("combobox").inputValue()).toBe("gen");
    await ann.keyboard.press("Enter");
    await ann.getByRole("dialog").waitFor({ state: "detached" });
  });

  it.each(["light", "dark"] as const)("has accessible pending messages, %s", async (colorScheme) => {
    const { page } = await startStage();
    const { page: ann, hold } = await openHeldPage(browser(), page.url);
    await ann.emulateMedia({ colorScheme });
    await register(ann, "ann");
    const release = hold("server");
    await say(ann, "on my [way](https://example.org)\n```js\nconst a = 1; // note\n```");
    await pending(ann).locator(".comment").waitFor();
    expect(await faultsOf(ann)).toEqual([]);
    release();
    await message(ann, "on my way").waitFor();
  });

  it("shows one panel at a time on a small screen without clipping", async () => {
    const { page } = await startStage();
    const ann = await openPage(browser(), page.url, {
      viewport: { width: 360, height: 640 },
      hasTouch: true,
    });
    await register(ann, "ann");
    await composer(ann).fill(`small ${"long ".repeat(60)}https://example.org/${"x".repeat(300)}`);
    await ann.getByRole("button", { name: "Send", exact: true }).tap();
    await message(ann, "small").waitFor();
    const width = () => ann.locator("html").evaluate(({ scrollWidth }) => scrollWidth);
    expect(await width()).toBe(360);
    expect(await faultsOf(ann)).toEqual([]);
    await ann.getByRole("button", { name: "Show channels" }).tap();
    const channels = ann.getByRole("navigation", { name: "Channels" });
    await channels.getByRole("button", { name: "general" }).waitFor();
    expect(await faultsOf(ann)).toEqual([]);
    await channels.getByRole("button", { name: "general" }).tap();
    await channels.waitFor({ state: "hidden" });
    await ann.getByRole("button", { name: "Members" }).tap();
    const members = ann.getByRole("complementary", { name: "Members" });
    await members.getByText("ann", { exact: true }).waitFor();
    await members.getByRole("button", { name: "Close" }).tap();
    // Its second line, outside of the name, the link, and the toolbar if it is shown already.
    await message(ann, "small")
      .locator(".content")
      .tap({ position: { x: 8, y: 56 } });
    await message(ann, "small").getByRole("button", { name: "Delete" }).tap();
    await ann.getByRole("dialog").getByRole("button", { name: "Delete" }).tap();
    await ann.getByText("No messages yet").waitFor();
    expect(await width()).toBe(360);
  });
});
