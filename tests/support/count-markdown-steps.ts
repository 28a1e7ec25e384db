// Counts the steps of the web client's Markdown parser: reads a list of texts from the standard input, and writes how
// many blocks of code ran for each. A process of its own, because V8 counts only code that it compiles after the start of
// the count, and calls only in code that it does not optimise.

import { Session } from "node:inspector/promises";
import { json } from "node:stream/consumers";

const inspector = new Session();
inspector.connect();
await inspector.post("Profiler.enable");
await inspector.post("Profiler.startPreciseCoverage", { callCount: true, detailed: true });
const { parseMarkdown } = await import("@asterite/web/markdown");

/** Returns how many blocks of the parser have run since the last call. */
async function takeSteps(): Promise<number> {
  const { result } = await inspector.post("Profiler.takePreciseCoverage");
  return result
    .filter(({ url }) => url.includes("/lib/markdown/"))
    .flatMap(({ functions }) => functions.flatMap(({ ranges }) => ranges))
    .reduce((sum, { count }) => sum + count, 0);
}

const texts = (await json(process.stdin)) as readonly string[];
const counts: number[] = [];
await takeSteps();
for (const text of texts) {
  parseMarkdown(text);
  counts.push(await takeSteps());
}
process.stdout.write(JSON.stringify(counts));
