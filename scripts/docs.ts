// npm run docs: writes the documentation as a site into dist/docs. It needs no server: open index.html from
// disk.

import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { buildSite } from "./lib/site/build.ts";
import { checkSite } from "./lib/site/links.ts";
import { root } from "./lib/workspace.ts";

const folder = join(root, "dist/docs");

const warnings = await buildSite(folder);
const { findings, pages } = checkSite(folder);
for (const finding of [...warnings, ...findings]) console.error(finding);
console.log(`${pages} pages: ${pathToFileURL(join(folder, "index.html"))}`);
if (warnings.length + findings.length > 0) process.exitCode = 1;
