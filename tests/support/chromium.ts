import { existsSync } from "node:fs";
import { type Browser, chromium } from "playwright-core";

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
