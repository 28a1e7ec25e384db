// npm run pack: builds every package that goes to the registry and writes it into dist/packages, for npm to install.

import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { passSignalsOn, runTool } from "./lib/command.ts";
import { packAll } from "./lib/pack/pack-all.ts";
import { display, publishedPackages, root } from "./lib/workspace.ts";

const folder = join(root, "dist/packages");

passSignalsOn();
const { code, output } = await runTool("scripts/build.ts", []);
if (code !== 0) {
  console.error(output);
  process.exit(1);
}
rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });
const packed = await packAll(publishedPackages(), folder);
console.log(`${packed.length} packages in ${display(folder)}`);
