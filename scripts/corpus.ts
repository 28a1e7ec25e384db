// npm run test:corpus -- DIR: plays every file of a folder, and compares it with ffmpeg and ffprobe.

import { existsSync, readdirSync, statSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { loadOpus } from "@asterite/audio/media";
import { type Examined, examine } from "../tests/corpus/examine.ts";
import { hasReferee } from "../tests/corpus/referee.ts";
import { corpusTable } from "../tests/corpus/table.ts";

const [given, ...rest] = process.argv.slice(2);
const isHelp = given === "--help";
if (given === undefined || isHelp || rest.length > 0) {
  console.error(`Usage: npm run test:corpus -- DIR
Plays every file below DIR from its beginning and from five places, and prints a table beside ffmpeg and ffprobe.`);
  process.exit(isHelp ? 0 : 2);
}
const folder = resolve(process.env["INIT_CWD"] ?? ".", given);
if (!(existsSync(folder) && statSync(folder).isDirectory())) {
  console.error(`${folder} is not a folder.`);
  process.exit(2);
}
if (!hasReferee) console.error("ffmpeg is not installed: lengths and levels are not compared with it.");

const paths = readdirSync(folder, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile())
  .map((entry) => join(entry.parentPath, entry.name))
  .sort();
const library = await loadOpus();
const results: Examined[] = [];
for (const [index, path] of paths.entries()) {
  const name = relative(folder, path);
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${index + 1}/${paths.length} ${name}`);
  results.push(await examine(name, path, library, hasReferee));
}
if (process.stderr.isTTY) process.stderr.write("\r\x1b[K");
console.log(corpusTable(results));
const faulty = results.filter(({ faults }) => faults.length > 0).length;
const refused = results.filter(({ played }) => typeof played === "string").length;
console.log(
  `\n${results.length} files: ${results.length - faulty} as expected, ${faulty} with faults, ${refused} refused.`,
);
process.exitCode = faulty > 0 ? 1 : 0;
