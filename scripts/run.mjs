// node scripts/run.mjs FILE [ARGUMENT …]: installs if needed, then runs FILE on the pinned Node from source.

import { resolve } from "node:path";
import { reExec } from "../apps/cli/bin/re-exec.js";
import { install, pinnedNode, root } from "./setup.mjs";

const [file, ...args] = process.argv.slice(2);
try {
  install();
} catch (error) {
  process.stderr.write(`${error.message}\n`);
  process.exit(1);
}
reExec(pinnedNode, ["--conditions=@asterite/source", resolve(root, file), ...args]);
