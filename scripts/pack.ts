// npm run pack: builds every published package and writes its tarball into dist/packages.

import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { forwardSignals, runTool } from "./lib/command.ts";
import { packAll } from "./lib/pack/pack-all.ts";
import { display, publishedPackages, root } from "./lib/workspace.ts";

const folder = join(root, "dist/packages");

forwardSignals();
const { code, output } = await runTool("scripts/build.ts", []);
if (code !== 0) {
  console.error(output);
  process.exit(1);
}
rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });
const packed = await packAll(publishedPackages(), folder);
console.log(`${packed.length} packages in ${display(folder)}`);
