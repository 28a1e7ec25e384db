// Regression tests for each known fault of the earlier client.

import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { Page } from "playwright-core";
import { describe, expect, it, onTestFinished } from "vitest";
import { hasChromium } from "../support/chromium.ts";
import { startServer } from "../support/server.ts";
import {
  administrator,
  composer,
  connectAs,
  message,
  messages,
  openPage,
  pending,
  ready,
  register,
  say,
  signIn,
  startFragileStage,
  startStage,
  useBrowser,
} from "../support/web.ts";

/** Records the URLs requested by a page from now on. */
function requestsOf(page: Page): string[] {
  const urls: string[] = [];
  page.on("request", (request) => urls.push(request.url()));
  return urls;
}

describe.skipIf(!hasChromium)("in Chromium", () => {
  const browser = useBrowser();

  it("1: does not render javascript: links", async () => {
    const { page } = await startStage();
    const ann = await openPage(browser(), page.url);
    await register(ann, "ann");
    await say(ann, "[click](javascript:document.title='run') <javascript:alert(1)> javascript:alert(2)");
    const text = message(ann, "click");
    await text.getByText("[click](javascript:document.title='run')").click();
    expect(await text.locator("a").count()).toBe(0);
    expect(await ann.title()).not.toBe("run");
  });

  it("2, 3 and 4: reports a lost connection, keeps the draft and reconnects", async () => {
    const { page, proxy } = await startFragileStage();
    const ann = await openPage(browser(), page.url);
    await register(ann, "ann");
    const bob = await openPage(browser(), page.url);
    await register(bob, "bob");
    await composer(ann).fill("half a sent");
    proxy.inject({ type: "refuse" });
    proxy.cut();
    await ann.getByText("Connection lost").first().waitFor();
    expect(await composer(ann).inputValue()).toBe("half a sent");
    await composer(ann).pressSequentially("ence");
    await composer(ann).press("Enter");
    await pending(ann).getByText("Waiting for connection").waitFor();
    await pending(ann).getByText("half a sentence").waitFor();
    proxy.heal();
    await message(bob, "half a sentence").waitFor();
    await message(ann, "half a sentence").waitFor();
    await expect.poll(() => pending(ann).count()).toBe(0);
    await ann.getByText("Connected", { exact: true }).waitFor();
    expect(await messages(ann).count()).toBe(1);
  });

  it("5: keeps login and channel after a reload", async () => {
    const { page } = await startStage();
    const admin = await openPage(browser(), page.url);
    await signIn(admin, administrator.name, administrator.password);
    await admin.getByRole("button", { name: "New channel" }).click();
    await admin.getByLabel("Channel name").fill("second");
    await admin.getByRole("dialog").getByRole("button", { name: "New channel" }).click();
    await admin.getByRole("dialog").getByText("second").waitFor();
    await admin.keyboard.press("Escape");
    await admin.getByRole("navigation", { name: "Channels" }).getByRole("button", { name: "second" }).click();
    await admin.getByRole("textbox", { name: "Message to #second" }).waitFor();
    await admin.reload();
    await admin.getByRole("textbox", { name: "Message to #second" }).waitFor();
  });

  it("6: keeps the text around links", async () => {
    const { page } = await startStage();
    const ann = await openPage(browser(), page.url);
    await register(ann, "ann");
    await say(ann, "before https://one.example/a between https://two.example/b. after");
    const text = message(ann, "before");
    expect((await text.locator(".content").textContent())?.trim()).toBe(
      "before https://one.example/a between https://two.example/b. after",
    );
    expect(await text.locator("a").count()).toBe(2);
  });

  it("7: fetches linked images only on request", async () => {
    const asked: string[] = [];
    const elsewhere = createServer((request, response) => {
      asked.push(request.url ?? "");
      response.writeHead(404).end();
    });
    await new Promise<void>((resolve) => elsewhere.listen(0, "127.0.0.1", resolve));
    onTestFinished(() => void elsewhere.close());
    const host = `127.0.0.1:${(elsewhere.address() as AddressInfo).port}`;
    const { page } = await startStage();
    const ann = await openPage(browser(), page.url);
    await register(ann, "ann");
    await say(ann, `http://${host}/page http://${host}/cat.png ![dog](http://${host}/dog.png)`);
    await message(ann, "dog").waitFor();
    await say(ann, "and later");
    await message(ann, "and later").waitFor();
    expect(asked).toEqual([]);
    await message(ann, "dog")
      .getByRole("button", { name: /Show image/ })
      .click();
    await expect.poll(() => asked).toEqual(["/cat.png"]);
    await message(ann, "dog")
      .getByRole("button", { name: /load image from/ })
      .waitFor();
  });

  it("8: displays errors in the account dialog", async () => {
    const { page } = await startStage();
    const ann = await openPage(browser(), page.url);
    await register(ann, "ann");
    const bob = await openPage(browser(), page.url);
    await register(bob, "bob");
    await bob.getByRole("button", { name: "Your account" }).click();
    const dialog = bob.getByRole("dialog", { name: "Your account" });
    await dialog.getByLabel("Name").fill("ann");
    await dialog.getByRole("button", { name: "Save" }).click();
    await dialog.getByRole("alert").filter({ hasText: "That name is already taken." }).waitFor();
    await dialog.getByRole("tab", { name: "Password" }).click();
    await dialog.getByLabel("Current password").fill("wrong");
    await dialog.getByLabel("New password").fill("better");
    await dialog.getByRole("button", { name: "Change password" }).click();
    await dialog.getByRole("alert").filter({ hasText: "Wrong password." }).waitFor();
  });

  it("9 and 12: stores servers in the account without duplicates, and can reorder and remove them", async () => {
    const { page, server } = await startStage();
    const second = await startServer({ tls: "insecure-plaintext", name: "Second" });
    const third = await startServer({ tls: "insecure-plaintext", name: "Third" });
    const ann = await openPage(browser(), page.url);
    await register(ann, "ann");
    const rail = (from: Page) => from.getByRole("navigation", { name: "Servers" }).getByRole("listitem");
    const names = async (from: Page) => {
      const buttons = await rail(from).getByRole("button").all();
      return await Promise.all(buttons.map((button) => button.getAttribute("aria-label")));
    };
    const add = async (port: number, isNew = true) => {
      await ann.getByRole("button", { name: "Add a server" }).click();
      const dialog = ann.getByRole("dialog", { name: "Add a server" });
      if (isNew) await dialog.getByRole("button", { name: "Create account" }).click();
      await dialog.getByLabel("Server", { exact: true }).fill(`ws://127.0.0.1:${port}`);
      await dialog.getByLabel("Name", { exact: true }).fill("annie");
      await dialog.getByLabel("Password").fill("other secret");
      await dialog.locator("button[type=submit]").click();
      await dialog.waitFor({ state: "hidden" });
    };
    await add(second.port);
    await add(third.port);
    await expect.poll(() => names(ann)).toEqual(["Garden", "Second", "Third"]);
    await add(second.port, false);
    await expect.poll(() => names(ann)).toEqual(["Garden", "Second", "Third"]);

    await rail(ann).getByRole("button", { name: "Third" }).focus();
    await ann.keyboard.press("Shift+ArrowUp");
    await expect.poll(() => names(ann)).toEqual(["Garden", "Third", "Second"]);
    await rail(ann).getByRole("button", { name: "Second" }).click();
    await ann.getByRole("button", { name: "Server menu" }).click();
    await ann.getByRole("menuitem", { name: "Remove server" }).click();
    await ann.getByRole("dialog").getByRole("button", { name: "Remove" }).click();
    await expect.poll(() => names(ann)).toEqual(["Garden", "Third"]);
    await ann.reload();
    await ready(ann);
    await expect.poll(() => names(ann)).toEqual(["Garden", "Third"]);

    // The account's list is updated, possibly only after the reload.
    const account = await connectAs(server.port, { name: "ann" });
    const listed = async () => (await account.command("sync_get_servers", {})).servers;
    await expect.poll(listed).toHaveLength(2);
    const elsewhere = await openPage(browser(), page.url);
    await signIn(elsewhere, "ann", "secret");
    await expect.poll(async () => (await names(elsewhere)).length).toBe(2);
    await rail(elsewhere).nth(1).getByRole("button").click();
    // Another browser has to sign in there, because no password is synced.
    await elsewhere.getByRole("heading", { name: /^Sign in to/ }).waitFor();
  });

  it("10: updates name and picture for all users, including older messages", async () => {
    const { page } = await startStage();
    const ann = await openPage(browser(), page.url);
    await register(ann, "ann");
    const bob = await openPage(browser(), page.url);
    await register(bob, "bob");
    await say(ann, "hello");
    await message(bob, "hello").getByText("ann", { exact: true }).waitFor();
    // Without a picture of her own, her initial is drawn.
    expect(await message(bob, "hello").locator("img").count()).toBe(0);
    await ann.getByRole("button", { name: "Your account" }).click();
    const dialog = ann.getByRole("dialog", { name: "Your account" });
    await dialog.getByLabel("Name").fill("anna");
    const picture = await ann.screenshot({ clip: { x: 0, y: 0, width: 300, height: 200 } });
    await dialog
      .getByLabel("Choose a picture")
      .first()
      .setInputFiles({ name: "me.png", mimeType: "image/png", buffer: picture });
    await dialog.getByRole("img", { name: /Drag to reposition/ }).focus();
    await ann.keyboard.press("ArrowRight");
    await dialog.getByRole("button", { name: "Use this picture" }).click();
    await dialog.getByRole("button", { name: "Save" }).click();
    await dialog.getByText("Garden: Saved").waitFor();
    await message(bob, "hello").getByText("anna", { exact: true }).waitFor();
    const width = () =>
      message(bob, "hello")
        .locator("img")
        .evaluate((image) => image.naturalWidth);
    await expect.poll(width).toBeGreaterThan(31);
  });

  it("11: keeps the scroll position and shows a button when new messages arrive", async () => {
    const { page } = await startStage();
    const ann = await openPage(browser(), page.url);
    await register(ann, "ann");
    const bob = await openPage(browser(), page.url);
    await register(bob, "bob");
    for (let count = 1; count <= 40; count++) await say(ann, `line ${count}`);
    await message(bob, "line 40").waitFor();
    await bob.getByRole("log").hover();
    await bob.mouse.wheel(0, -900);
    await bob.getByRole("button", { name: "Jump to latest" }).waitFor();
    const place = () => bob.getByRole("log").evaluate((feed) => feed.scrollTop);
    const before = await place();
    await say(ann, "something new");
    await bob.getByRole("button", { name: "1 new message" }).waitFor();
    expect(await place()).toBe(before);
    await bob.getByRole("button", { name: "1 new message" }).click();
    await message(bob, "something new").waitFor();
    await bob.getByRole("separator", { name: "New" }).waitFor();
  });

  it("13: loads no resources from other hosts", async () => {
    const { page } = await startStage();
    const ann = await openPage(browser(), "about:blank");
    const urls = requestsOf(ann);
    await ann.goto(page.url);
    await register(ann, "ann");
    await say(ann, "```js\nconst a = 1;\n```");
    await message(ann, "const a").locator(".keyword").waitFor();
    expect(urls.filter((url) => !url.startsWith(page.url) && !url.startsWith("blob:"))).toEqual([]);
  });

  it("15: re-renders only the edited message", async () => {
    const { page } = await startStage();
    const ann = await openPage(browser(), page.url);
    await register(ann, "ann");
    for (let count = 1; count <= 30; count++) await say(ann, `line ${count}`);
    await message(ann, "line 30").waitFor();
    await expect.poll(() => pending(ann).count()).toBe(0);
    // A hovered message renders its toolbar.
    await ann.mouse.move(0, 0);
    await ann.evaluate(`
      globalThis.touched = new Set();
      new MutationObserver((records) => {
        for (const { target } of records) {
          const row = (target instanceof Element ? target : target.parentElement)?.closest("[data-key]");
          if (row) touched.add(row.dataset.key);
        }
      }).observe(document.querySelector("[role=log]"), { subtree: true, childList: true, characterData: true });
    `);
    await composer(ann).press("ArrowUp");
    await ann.getByRole("textbox", { name: "Edit message" }).fill("line thirty");
    await ann.keyboard.press("Enter");
    await message(ann, "line thirty").waitFor();
    expect(await ann.evaluate<number>("touched.size")).toBe(1);
  });
});
