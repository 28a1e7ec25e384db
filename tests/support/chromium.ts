import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { launch } from "@asterite/testkit";
import { type Browser, type BrowserContext, chromium } from "playwright-core";

/** Path of Chromium, which `npm run setup:services` installs. */
const chromiumPath: string = process.env["ASTERITE_CHROMIUM"] ?? "/usr/bin/chromium";

/** Whether Chromium is installed. */
export const hasChromium: boolean = existsSync(chromiumPath);

const flags = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--autoplay-policy=no-user-gesture-required",
];

/** Starts Chromium in headless mode. */
export const launchChromium = (): Promise<Browser> =>
  chromium.launch({ executablePath: chromiumPath, args: flags });

/**
 * Starts Chromium in headless mode with a profile, which a later start continues. Back leads to pages as they were left,
 * like in everyday use.
 */
export const launchProfile = (folder: string): Promise<BrowserContext> =>
  chromium.launchPersistentContext(folder, {
    executablePath: chromiumPath,
    args: flags,
    ignoreDefaultArgs: ["--disable-back-forward-cache"],
    serviceWorkers: "block",
  });

const address = /^DevTools listening on (ws:\S+)/;

/**
 * Starts Chromium with one window in which only the front tab is visible, like in everyday use. Pages of
 * {@link launchChromium} are all visible and focused. Disposing of the result closes the browser.
 */
export async function openWindow(): Promise<{ readonly context: BrowserContext } & AsyncDisposable> {
  const profile = await mkdtemp(join(tmpdir(), "asterite-chromium-"));
  const window = ["--headless=new", "--window-size=1280,800", "--remote-debugging-port=0"];
  const child = await launch({
    command: chromiumPath,
    args: [...flags, ...window, `--user-data-dir=${profile}`],
    readyWhen: address,
    timeoutMs: 60_000,
  });
  const [, url = ""] = address.exec(child.stderr.find((line) => address.test(line)) ?? "") ?? [];
  const browser = await chromium.connectOverCDP(url, { noDefaults: true });
  const [context] = browser.contexts();
  if (!context) throw new Error("the browser has no window");
  return {
    context,
    async [Symbol.asyncDispose]() {
      await browser.close();
      await child.stop();
      await rm(profile, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}
