// A browser whose storage is full or blocked: the page says so once, and no text is lost while it is open.

import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { describe, expect, it, onTestFinished } from "vitest";
import { temporaryFolder } from "../support/asterite.ts";
import { hasChromium, launchProfile } from "../support/chromium.ts";
import {
  composer,
  connectAs,
  exactMessage,
  fillStorage,
  openPage,
  openTab,
  pending,
  ready,
  register,
  say,
  startFragileStage,
  useBrowser,
} from "../support/web.ts";

const channelItem = (page: Page, name: string) =>
  page.getByRole("navigation", { name: "Channels" }).getByRole("button", { name });

const notice = (page: Page) =>
  page.getByRole("alert").filter({ hasText: "New texts and sign-ins are lost when you close" });

/** Folder of a profile in which no site may store data. */
async function blockedProfile(): Promise<string> {
  const folder = await temporaryFolder();
  await mkdir(join(folder, "Default"));
  const preferences = { profile: { default_content_setting_values: { cookies: 2 } } };
  await writeFile(join(folder, "Default", "Preferences"), JSON.stringify(preferences));
  return folder;
}

describe.skipIf(!hasChromium)("in Chromium", () => {
  const browser = useBrowser();

  it("keeps texts in memory while the storage is full, and stores them when there is room", async () => {
    const { page, server, proxy } = await startFragileStage();
    const admin = await connectAs(server.port);
    await admin.createChannel("other");
    const ann = await openPage(browser(), page.url);
    await register(ann, "ann");
    const empty = await fillStorage(ann);
    await composer(ann).fill("a draft");
    await notice(ann).waitFor();
    await channelItem(ann, "other").click();
    proxy.inject({ type: "refuse" });
    proxy.cut();
    await ann.getByText("Connection lost").first().waitFor();
    for (const text of ["one", "two"]) await say(ann, text);
    await channelItem(ann, "general").click();
    expect(await composer(ann).inputValue()).toBe("a draft");
    proxy.heal();
    await channelItem(ann, "other").click();
    await exactMessage(ann, "two").waitFor();
    expect(await pending(ann).count()).toBe(0);
    const history = await admin.getChannelByName("other")?.fetchHistory();
    expect(history?.map(({ content }) => content)).toEqual(["one", "two"]);

    // It is said once.
    await notice(ann).getByRole("button", { name: "Close" }).click();
    await composer(ann).fill("x");
    await expect.poll(() => notice(ann).count()).toBe(0);

    await empty();
    await composer(ann).fill("another draft");
    await ann.reload();
    await ready(ann);
    expect(await composer(ann).inputValue()).toBe("another draft");
    await channelItem(ann, "general").click();
    expect(await composer(ann).inputValue()).toBe("a draft");
    expect(await notice(ann).count()).toBe(0);
  });

  it("drops what it only shows sooner before it says that the storage is full", async () => {
    const { page } = await startFragileStage();
    const ann = await openPage(browser(), page.url);
    await register(ann, "ann");
    await say(ann, "x".repeat(2000));
    await exactMessage(ann, "x".repeat(2000)).waitFor();
    await ann.evaluate("dispatchEvent(new Event('pagehide'))");
    const cached = "Object.keys(localStorage).filter((key) => key.startsWith('asterite.last ')).length";
    expect(await ann.evaluate(cached)).toBe(1);
    await fillStorage(ann);
    await composer(ann).fill("a draft");
    await expect.poll(() => ann.evaluate(cached)).toBe(0);
    await ann.reload();
    await ready(ann);
    expect(await composer(ann).inputValue()).toBe("a draft");
    expect(await notice(ann).count()).toBe(0);
  });

  it("says in German that the storage is full", async () => {
    const { page } = await startFragileStage();
    const ann = await openPage(browser(), page.url, { locale: "de" });
    await fillStorage(ann);
    await ann.getByRole("button", { name: "Konto erstellen" }).first().click();
    await ann.getByLabel("Name", { exact: true }).fill("ann");
    await ann.getByLabel("Passwort").fill("secret");
    await ann.locator("form button[type=submit]").click();
    await ann
      .getByText("Neue Texte und Anmeldungen gehen verloren, wenn du diesen Tab schließt oder neu lädst.")
      .waitFor();
  });

  it("loads parts of the page for which the cache has no room", async () => {
    const { page } = await startFragileStage();
    const ann = await openPage(browser(), page.url, { serviceWorkers: "allow" });
    await register(ann, "ann");
    await ann.evaluate(`new Promise((controlled) => {
      if (navigator.serviceWorker.controller) controlled();
      else navigator.serviceWorker.addEventListener("controllerchange", () => controlled());
    })`);
    await ann.evaluate(
      "caches.keys().then((names) => Promise.all(names.map((name) => caches.delete(name))))",
    );
    const protocol = await ann.context().newCDPSession(ann);
    await protocol.send("Storage.overrideQuotaForOrigin", { origin: new URL(page.url).origin, quotaSize: 1 });
    const refusal =
      "caches.open('x').then((cache) => cache.put('./x', new Response('x'))).catch(({ name }) => name)";
    expect(await ann.evaluate(refusal)).toBe("QuotaExceededError");
    await ann.keyboard.press("Control+k");
    await ann.getByRole("dialog").getByRole("combobox").waitFor();
  });

  it("works in memory where the browser blocks storage", async () => {
    const { page, server, proxy } = await startFragileStage();
    const admin = await connectAs(server.port);
    await admin.createChannel("other");
    const context = await launchProfile(await blockedProfile());
    onTestFinished(() => context.close());
    const ann = await openTab(context);
    await ann.goto(page.url);
    const refusals = await ann.evaluate(async () => {
      const nameOf = (error: unknown) => (error instanceof DOMException ? error.name : "");
      const storage = await Promise.try(() => localStorage.length).catch(nameOf);
      return [storage, await navigator.locks.request("any", () => "granted").catch(nameOf)];
    });
    expect(refusals).toEqual(["SecurityError", "SecurityError"]);
    await register(ann, "ann");
    await notice(ann).waitFor();
    await say(ann, "one");
    await exactMessage(ann, "one").waitFor();
    await composer(ann).fill("a draft");
    await channelItem(ann, "other").click();
    proxy.inject({ type: "refuse" });
    proxy.cut();
    await ann.getByText("Connection lost").first().waitFor();
    for (const text of ["two", "three"]) await say(ann, text);
    proxy.heal();
    await exactMessage(ann, "three").waitFor();
    await channelItem(ann, "general").click();
    expect(await composer(ann).inputValue()).toBe("a draft");
    const history = await admin.getChannelByName("other")?.fetchHistory();
    expect(history?.map(({ content }) => content)).toEqual(["two", "three"]);
  });
});
