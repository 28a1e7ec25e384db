// npm run contract: writes the pages that map each sentence of the documents to its tests, and prints what is open.

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { readContract } from "./lib/contract/contract.ts";
import { root } from "./lib/workspace.ts";

const { documents, problems } = await readContract();
for (const { document, coverage, page } of documents) {
  writeFileSync(join(root, document.page), page);
  const sentences = coverage.groups.flatMap((group) => group.sentences);
  const open = sentences.filter(({ missing }) => missing.length > 0).length;
  console.log(`${document.page}: ${sentences.length} sentences, ${open} without a test`);
}
for (const problem of problems) console.error(problem);
if (problems.length > 0) process.exitCode = 1;
