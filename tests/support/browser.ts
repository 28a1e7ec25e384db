import { existsSync } from "node:fs";
import { type Browser, chromium } from "playwright-core";
import { rolldown } from "rolldown";

const executablePath = process.env["ASTERITE_CHROMIUM"] ?? "/usr/bin/chromium";
const flags = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** Whether Chromium is installed. Tests that need it are skipped otherwise. */
export const hasChromium = existsSync(executablePath);

/** Starts Chromium. The caller closes it. */
export const startChromium = (): Promise<Browser> => chromium.launch({ executablePath, args: flags });

/** Bundles a package from source into one browser module. */
export async function bundle(input: string): Promise<string> {
  const built = await rolldown({
    input,
    platform: "browser",
    resolve: { conditionNames: ["@asterite/source", "browser", "import", "default"] },
  });
  const { output } = await built.generate({ format: "esm", minify: true });
  await built.close();
  const [module, ...others] = output;
  if (others.length > 0) throw new Error(`${input} was bundled into more than one module`);
  return module.code;
}
