#!/usr/bin/env node
// Plain JavaScript that any Node since 18 can run. It finds a Node that can run the rest.

import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { reExec } from "./re-exec.js";

const minVersion = 24;
const here = dirname(fileURLToPath(import.meta.url));
const source = join(here, "../src/main.ts");
// Node does not run TypeScript below node_modules, where published packages are installed.
const fromSource = !here.includes("node_modules") && existsSync(source);
const args = fromSource
  ? ["--conditions=@asterite/source", source, ...process.argv.slice(2)]
  : [join(here, "../dist/main.js"), ...process.argv.slice(2)];

const majorOf = (version) => Number.parseInt(version, 10);

/** Returns the executable of the nearest installed `node` package, if it is new enough. */
function installedNode() {
  for (let folder = here; ; folder = dirname(folder)) {
    const candidate = join(folder, "node_modules/node");
    try {
      const { version } = JSON.parse(readFileSync(join(candidate, "package.json"), "utf8"));
      const program = join(candidate, "bin/node");
      if (majorOf(version) >= minVersion && existsSync(program)) return program;
    } catch {
      // Not installed here: try the parent folder.
    }
    if (dirname(folder) === folder) return undefined;
  }
}

const isNewEnough = majorOf(process.versions.node) >= minVersion;
if (isNewEnough && !fromSource) {
  await import("../dist/main.js");
} else {
  const program = isNewEnough ? process.execPath : installedNode();
  if (program) {
    reExec(program, args);
  } else {
    process.stderr.write(
      `asterite requires Node ${minVersion} or newer; this is Node ${process.versions.node}.\n` +
        `Install a newer Node, or add one next to asterite: npm install node@${minVersion}\n`,
    );
    process.exitCode = 1;
  }
}
