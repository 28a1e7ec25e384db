// npm run test:corpus [-- DIR]: plays every file of a folder, or of one that it makes, and compares it with ffmpeg and ffprobe.

import { existsSync, mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative, resolve } from "node:path";
import { loadOpus } from "@asterite/audio/media";
import { type Examined, examine } from "../tests/corpus/examine.ts";
import { explained } from "../tests/corpus/explanations.ts";
import { makeCorpus } from "../tests/corpus/make-corpus.ts";
import { hasReferee } from "../tests/corpus/referee.ts";
import { corpusTable } from "../tests/corpus/table.ts";

const [given = "--make", ...rest] = process.argv.slice(2);
const isHelp = given === "--help";
const isMade = given === "--make" || rest[0] === "--make";
if (isHelp || rest.length > (isMade && given !== "--make" ? 1 : 0)) {
  console.error(`Usage: npm run test:corpus [-- DIR] [--make]
Plays every file below DIR from its beginning and from five places, and prints a table beside ffmpeg and ffprobe.
With --make, or without DIR, it makes the files first, with ffmpeg and the other encoders that are installed.`);
  process.exit(isHelp ? 0 : 2);
}
const isTemporary = given === "--make";
const folder = isTemporary
  ? join(mkdtempSync(join(tmpdir(), "asterite-corpus-")), "files")
  : resolve(process.env["INIT_CWD"] ?? ".", given);
if (isMade && !hasReferee) {
  console.error("ffmpeg is not installed, which makes the files.");
  process.exit(2);
}
if (isMade) {
  const { files, refused } = await makeCorpus(folder);
  console.error(
    `${files} files made in ${folder}${refused.length > 0 ? `, without ${refused.join(", ")}` : ""}`,
  );
}
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
  const result = await examine(name, path, library, hasReferee);
  results.push(isMade ? explained(result) : result);
}
if (process.stderr.isTTY) process.stderr.write("\r\x1b[K");
console.log(corpusTable(results));
const faulty = results.filter(({ faults }) => faults.length > 0).length;
const refused = results.filter(({ played }) => typeof played === "string").length;
console.log(
  `\n${results.length} files: ${results.length - faulty} as expected, ${faulty} with faults, ${refused} refused.`,
);
if (isTemporary) rmSync(dirname(folder), { recursive: true, force: true });
process.exitCode = faulty > 0 ? 1 : 0;
