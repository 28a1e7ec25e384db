// Layout of every view: nothing is wider than the screen, no text is cut off, and on a touch screen what is tapped is
// large enough for a finger, 44 px (WCAG 2.5.5). Contrast and names are checked in access.test.ts.

import type { Page } from "playwright-core";
import { describe, expect, it } from "vitest";
import { hasChromium } from "../support/chromium.ts";
import { administrator, openPage, startStage, useBrowser } from "../support/web.ts";
import { fillDemoServer } from "./demo-server.test-support.ts";
import { walkViews } from "./views.test-support.ts";

/** Collects the faults of the layout as texts. */
const collect = `(() => {
  const faults = [];
  const nameOf = (element) =>
    element.tagName.toLowerCase() + "." + [...element.classList].filter((name) => !name.startsWith("svelte-")).join(".") +
    " " + (element.getAttribute("aria-label") ?? element.textContent).replace(/\\s+/g, " ").trim().slice(0, 40);
  if (document.documentElement.scrollWidth > innerWidth) faults.push("the page scrolls sideways");
  const isTouched = matchMedia("(pointer: coarse)").matches;
  const dialog = [...document.querySelectorAll("dialog[open]")].at(-1);
  for (const element of (dialog ?? document.body).querySelectorAll("*")) {
    if (!element.checkVisibility({ visibilityProperty: true, opacityProperty: true })) continue;
    const box = element.getBoundingClientRect();
    if (box.width <= 1 || box.height <= 1) continue;
    const style = getComputedStyle(element);
    // A sequence of emoji is wider without a font that joins it.
    const hasText = !element.matches(".grid *") &&
      [...element.childNodes].some((node) => node instanceof Text && node.data.trim() !== "");
    const clips = (overflow) => overflow === "hidden" || overflow === "clip";
    if (hasText && clips(style.overflowX) && style.textOverflow !== "ellipsis" && element.scrollWidth > element.clientWidth + 1)
      faults.push("cut off: " + nameOf(element));
    if (hasText && clips(style.overflowY) && style.webkitLineClamp === "none" && element.scrollHeight > element.clientHeight + 3)
      faults.push("cut off below: " + nameOf(element));
    if (!isTouched || !element.matches("button:enabled, select, input, textarea, summary, [role=option], [role=menuitem]")) continue;
    // Names and links in texts have the height of a line, and a slider is dragged.
    if (element.matches(".name-button, .content *, [type=range]")) continue;
    // A label is tapped with its field.
    const target = (element.closest("label") ?? element).getBoundingClientRect();
    // Eight emoji fit beside each other, like the keys of a keyboard.
    const minWidth = element.closest(".picker") ? 34 : 43.5;
    if (target.height < 43.5 || target.width < minWidth)
      faults.push("small: " + nameOf(element) + " " + Math.round(target.width) + " x " + Math.round(target.height));
  }
  return faults;
})()`;

const screens = {
  phone: { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true },
  desktop: { viewport: { width: 1440, height: 900 } },
};

async function expectGoodLayout(page: Page, view: string): Promise<void> {
  // Panels slide in.
  await page.evaluate("Promise.all(document.getAnimations().map((one) => one.finished.catch(() => {})))");
  expect.soft(await page.evaluate<string[]>(collect), view).toEqual([]);
}

describe.skipIf(!hasChromium)("in Chromium", () => {
  const browser = useBrowser();

  it.each(["phone", "desktop"] as const)("fits every view on a %s", { timeout: 180_000 }, async (screen) => {
    const { page: site, server } = await startStage();
    const people = await fillDemoServer({ port: server.port, browser: browser(), administrator });
    const page = await openPage(browser(), site.url, screens[screen]);
    const views: string[] = [];
    await walkViews(page, {
      url: site.url,
      administrator,
      onView: async (view) => {
        views.push(view);
        await expectGoodLayout(page, view);
      },
    });
    expect(views).toContain("add-server");
    for (const person of Object.values(people)) await person.disconnect();
  });
});
