#!/usr/bin/env node
// Plain JavaScript that any Node since 18 can read: it finds a Node that can run the rest.

import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { handOver } from "./re-exec.js";

const needed = 24;
const here = dirname(fileURLToPath(import.meta.url));
const source = join(here, "../src/main.ts");
// Node does not run TypeScript below node_modules, where a published package lies.
const fromSource = !here.includes("node_modules") && existsSync(source);
const args = fromSource
  ? ["--conditions=@asterite/source", source, ...process.argv.slice(2)]
  : [join(here, "../dist/main.js"), ...process.argv.slice(2)];

const majorOf = (version) => Number.parseInt(version, 10);

/** The `node` package of this project or of one around it, if it is new enough. */
function installedNode() {
  for (let folder = here; ; folder = dirname(folder)) {
    const candidate = join(folder, "node_modules/node");
    try {
      const { version } = JSON.parse(readFileSync(join(candidate, "package.json"), "utf8"));
      const program = join(candidate, "bin/node");
      if (majorOf(version) >= needed && existsSync(program)) return program;
    } catch {
      // No such package here: look one folder higher.
    }
    if (dirname(folder) === folder) return undefined;
  }
}

const isNewEnough = majorOf(process.versions.node) >= needed;
if (isNewEnough && !fromSource) {
  await import("../dist/main.js");
} else {
  const program = isNewEnough ? process.execPath : installedNode();
  if (program) {
    handOver(program, args);
  } else {
    process.stderr.write(
      `asterite needs Node ${needed} or newer, and this is Node ${process.versions.node}.\n` +
        `Install a newer Node, or put one beside asterite with: npm install node@${needed}\n`,
    );
    process.exitCode = 1;
  }
}
