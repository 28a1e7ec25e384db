import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { launch } from "@asterite/testkit";
import { type Browser, type BrowserContext, chromium } from "playwright-core";

/** Where Chromium is installed; `npm run setup:services` puts it there. */
const chromiumPath: string = process.env["ASTERITE_CHROMIUM"] ?? "/usr/bin/chromium";

/** Whether there is one. */
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

/** Starts the browser, without a window. */
export const launchChromium = (): Promise<Browser> =>
  chromium.launch({ executablePath: chromiumPath, args: flags });

const address = /^DevTools listening on (ws:\S+)/;

/**
 * Starts a browser whose pages are tabs of one window, as people have them: one is in front and the others are hidden.
 * Those of {@link launchChromium} all believe that they are looked at. Disposing of it ends it.
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
