// npm run screenshots: screenshots of the web client's main views in both themes, written to docs/images.
// npm run screenshots -- DIR: screenshots of every view in both themes on three screens, written to DIR.
// Emoji require the Debian package fonts-noto-color-emoji.

import { mkdir } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { startAsterServer } from "@asterite/aster-server";
import { buildWebClient } from "@asterite/web/build";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { paperBoatsCover } from "../../scripts/lib/covers.ts";
import { png } from "../../scripts/lib/png.ts";
import { launchChromium } from "../support/chromium.ts";
import { serveWebPage } from "../support/web-page.ts";
import { demoArtwork, fillDemoServer } from "./demo-server.test-support.ts";
import { walkViews } from "./views.test-support.ts";

const allViewsFolder = process.argv[2];
const folder = `${allViewsFolder ?? fileURLToPath(new URL("../../docs/images", import.meta.url))}/`;
const administrator = { name: "admin", password: "admin secret" };
const wide = { width: 1280, height: 800 };
const narrow = { width: 390, height: 780 };

async function signIn(page: Page): Promise<void> {
  await page.getByLabel("Name", { exact: true }).fill(administrator.name);
  await page.getByLabel("Password").fill(administrator.password);
  await page.locator("form button[type=submit]").click();
  await page.getByRole("textbox", { name: /^Message to/ }).waitFor();
}

async function goTo(page: Page, channel: string): Promise<void> {
  await page.keyboard.press("Control+k");
  await page.getByRole("combobox").fill(channel);
  await page.keyboard.press("Enter");
  await page.getByRole("textbox", { name: `Message to #${channel}` }).waitFor();
}

async function take(page: Page, name: string): Promise<void> {
  // Images and syntax highlighting appear after the text.
  await page.waitForLoadState("networkidle");
  await page.waitForTimeout(600);
  await page.screenshot({ path: `${folder}${name}.png` });
}

async function open(browser: Browser, url: string, options: BrowserContextOptions): Promise<Page> {
  const context = await browser.newContext({ locale: "en-GB", ...options });
  const page = await context.newPage();
  await page.goto(url);
  return page;
}

async function desktop(browser: Browser, url: string, colorScheme: "light" | "dark"): Promise<void> {
  const page = await open(browser, url, { viewport: wide, colorScheme });
  await page.getByLabel("Password").waitFor();
  await take(page, `web-login-${colorScheme}`);
  await signIn(page);
  await goTo(page, "lounge");
  await page.getByRole("button", { name: /in queue/ }).waitFor();
  await take(page, `web-conversation-${colorScheme}`);
  await page.getByRole("button", { name: /in queue/ }).click();
  await page.getByRole("button", { name: "Search" }).click();
  await page.getByRole("searchbox", { name: "Search messages" }).fill("history");
  await page.keyboard.press("Enter");
  await page.getByText(/results?/).waitFor();
  await take(page, `web-search-${colorScheme}`);
  await page.getByRole("button", { name: "Server menu" }).click();
  await page.getByRole("menuitem", { name: "Server settings" }).click();
  await page.getByRole("tab", { name: "Groups" }).click();
  await page.getByRole("button", { name: "Edit: crew" }).click();
  await take(page, `web-settings-${colorScheme}`);
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "Your account" }).click();
  await take(page, `web-account-${colorScheme}`);
  await page.context().close();
}

async function phone(browser: Browser, url: string, colorScheme: "light" | "dark"): Promise<void> {
  const page = await open(browser, url, {
    viewport: narrow,
    colorScheme,
    hasTouch: true,
    deviceScaleFactor: 2,
  });
  await signIn(page);
  await page.getByRole("button", { name: "Show channels" }).click();
  await take(page, `web-phone-channels-${colorScheme}`);
  await page
    .getByRole("navigation", { name: "Channels" })
    .getByRole("button", { name: /lounge/ })
    .click();
  await take(page, `web-phone-${colorScheme}`);
  await page.context().close();
}

/** Screens of {@link everyView} by their width. */
const screens = [
  { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true },
  { viewport: { width: 768, height: 1024 }, hasTouch: true },
  { viewport: { width: 1440, height: 900 } },
];

async function everyView(browser: Browser, url: string, colorScheme: "light" | "dark"): Promise<void> {
  for (const screen of screens) {
    const context = await browser.newContext({ locale: "en-GB", colorScheme, ...screen });
    const page = await context.newPage();
    let count = 0;
    const onView = (view: string): Promise<void> =>
      take(page, `${screen.viewport.width}-${colorScheme}-${String(++count).padStart(2, "0")}-${view}`);
    await walkViews(page, { url, administrator, onView });
    await context.close();
  }
}

await buildWebClient();
await mkdir(folder, { recursive: true });
const server = await startAsterServer({
  host: "127.0.0.1",
  port: 0,
  database: ":memory:",
  tls: "insecure-plaintext",
  name: "Garden",
  adminUser: administrator,
});
const cover = png(paperBoatsCover, 320);
const site = await serveWebPage(server.port, (request, response) => {
  if (request.url !== demoArtwork) return false;
  response.writeHead(200, { "content-type": "image/png" }).end(cover);
  return true;
});
const browser = await launchChromium();
try {
  const cast = await fillDemoServer({ port: server.port, browser, administrator });
  for (const theme of ["light", "dark"] as const) {
    if (allViewsFolder !== undefined) await everyView(browser, site.url, theme);
    else {
      await desktop(browser, site.url, theme);
      await phone(browser, site.url, theme);
    }
  }
  for (const person of Object.values(cast)) await person.disconnect();
} finally {
  await browser.close();
  await site.close();
  await server.close({ graceMs: 500 });
}
