// npm run release -- VERSION: sets the version, commits, packs, writes a bill of materials and tags; see
// CONTRIBUTING.md.

import { forwardSignals } from "./lib/command.ts";
import { parseReleaseArguments, releaseUsage } from "./lib/release/release-arguments.ts";
import { planRelease } from "./lib/release/steps.ts";

async function main(): Promise<void> {
  const args = process.argv.slice(2);
  if (args.includes("--help")) {
    console.log(releaseUsage);
    return;
  }
  const request = parseReleaseArguments(args);
  const steps = await planRelease(request, new Date().toISOString().slice(0, 10));
  for (const { description, run } of steps) {
    console.log(`${request.isDryRun ? "would " : ""}${description}`);
    if (!request.isDryRun) await run();
  }
  if (request.isDryRun) return;
  console.log("done; push the commit and its tag: git push --follow-tags");
}

forwardSignals();
try {
  await main();
} catch (error) {
  console.error((error as Error).message);
  process.exitCode = 1;
}
