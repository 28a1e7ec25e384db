// Desktop notifications of mentions: opt-in, and only while the page is not focused.

import type { Page } from "playwright-core";
import { describe, expect, it } from "vitest";
import { hasChromium, openWindow } from "../support/chromium.ts";
import {
  exactMessage,
  openPage,
  openTab,
  ready,
  register,
  say,
  startStage,
  useBrowser,
} from "../support/web.ts";

/** Records the notifications of a page and passes them on to the browser. */
const spy = `{
  const Real = Notification;
  Object.assign(globalThis, { asked: 0, shown: [] });
  globalThis.Notification = class extends Real {
    constructor(title, options) {
      super(title, options);
      shown.push(this);
    }
    static requestPermission() {
      asked++;
      return Real.requestPermission();
    }
  };
}`;

const asked = (page: Page) => page.evaluate<number>("asked");
const shown = (page: Page) => page.evaluate<string[]>("shown.map(({ title, body }) => title + ': ' + body)");

/** Brings a tab to the front, which hides the other one. */
async function show(tab: Page, other: Page): Promise<void> {
  await tab.bringToFront();
  await expect.poll(() => other.evaluate("document.visibilityState")).toBe("hidden");
  await expect.poll(() => tab.evaluate("document.visibilityState")).toBe("visible");
}

/** Returns whether a hidden page, which does not render, has received a message. */
const has = (page: Page, text: string) => expect.poll(() => exactMessage(page, text).count()).toBe(1);

async function turnOn(page: Page): Promise<void> {
  await page.getByRole("button", { name: "Preferences" }).click();
  await page.getByRole("switch", { name: "Notify me when I'm mentioned" }).check();
}

describe.skipIf(!hasChromium)("in Chromium", () => {
  const browser = useBrowser();

  it("notifies of a mention while the page is hidden, after opting in", async () => {
    const { page } = await startStage();
    await using window = await openWindow();
    const ann = await openTab(window.context);
    const other = await openTab(window.context);
    await ann.context().grantPermissions(["notifications"], { origin: page.url });
    await ann.addInitScript(spy);
    await ann.goto(page.url);
    await show(ann, other);
    await register(ann, "ann");
    const bob = await openPage(browser(), page.url);
    await register(bob, "bob");

    await show(other, ann);
    await say(bob, "@ann before");
    await has(ann, "@ann before");
    expect([await asked(ann), await shown(ann)]).toEqual([0, []]);
    await show(ann, other);
    await turnOn(ann);
    expect(await asked(ann)).toBe(1);
    await ann.keyboard.press("Escape");

    await say(bob, "@ann while she looks");
    await exactMessage(ann, "@ann while she looks").waitFor();
    await show(other, ann);
    await say(bob, "nobody in particular");
    await say(bob, "hello @Ann, **look**");
    await expect.poll(() => shown(ann)).toEqual(["bob · #general: hello @Ann, look"]);
    await expect.poll(() => ann.title()).toMatch(/^\(2\)/);

    await ann.evaluate("shown[0].dispatchEvent(new Event('click'))");
    await show(ann, other);
    const mentioned = exactMessage(ann, "look");
    await expect.poll(() => mentioned.evaluate((row) => row === row.ownerDocument.activeElement)).toBe(true);
    await expect.poll(() => ann.title()).not.toMatch(/^\(/);

    // The choice is remembered without another permission prompt.
    await ann.reload();
    await ready(ann);
    await show(other, ann);
    await say(bob, "@ann after");
    await expect.poll(() => shown(ann)).toEqual(["bob · #general: @ann after"]);
    expect(await asked(ann)).toBe(0);
  });

  it("explains denied permission and keeps the switch off", async () => {
    const { page } = await startStage();
    const ann = await openPage(browser(), page.url);
    await register(ann, "ann");
    await turnOn(ann).catch(() => {});
    await ann.getByText("Your browser is blocking notifications from this page.").waitFor();
    expect(await ann.getByRole("switch", { name: /Notify me/ }).isChecked()).toBe(false);
  });
});
