import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { webClientFolder } from "@asterite/web";
import { buildWebClient } from "@asterite/web/build";
import { type Check, type CheckResult, verdict } from "../lib/check.ts";
import { runTool } from "../lib/command.ts";

/** What a browser may have to fetch before the first view, compressed. */
const budgetBytes = 200_000;

/** The files that the page names, which a browser fetches at once. */
function firstLoad(): { readonly files: readonly string[]; readonly bytes: number } {
  const page = readFileSync(join(webClientFolder, "index.html"), "utf8");
  const named = [...page.matchAll(/(?:src|href)="\.\/([^"]+)"/g)].map(([, file = ""]) => file);
  const files = ["index.html", ...new Set(named)];
  const sizes = files.map((file) => gzipSync(readFileSync(join(webClientFolder, file))).byteLength);
  return { files, bytes: sizes.reduce((sum, size) => sum + size, 0) };
}

/** A policy without exceptions lets none of these run, so they would be missed only in a browser. */
function inlined(): string[] {
  const page = readFileSync(join(webClientFolder, "index.html"), "utf8");
  const findings = [];
  if (/<script(?![^>]*\bsrc=)/.test(page)) findings.push("index.html holds an inline script");
  if (/<style|\sstyle=/.test(page)) findings.push("index.html holds an inline style");
  return findings;
}

/** The compiler's findings in the client, whose components the other compiler cannot read. */
async function compilerFindings(): Promise<string[]> {
  const args = [
    "--workspace",
    "apps/web",
    "--tsconfig",
    "./tsconfig.json",
    "--output",
    "machine",
    "--fail-on-warnings",
  ];
  const { code, output } = await runTool("node_modules/svelte-check/bin/svelte-check", args);
  const found = output.split("\n").filter((line) => / (?:ERROR|WARNING) /.test(line));
  return code === 0 || found.length > 0 ? found : [output];
}

/** The web client: types, build and size. */
export const web: Check = {
  name: "web",
  describe: `the web client's components have no type errors, it builds, and its first load is at most ${budgetBytes / 1000} kB`,
  async run(): Promise<CheckResult> {
    const findings = await compilerFindings();
    await buildWebClient();
    const { files, bytes } = firstLoad();
    if (bytes > budgetBytes) findings.push(`${files.join(", ")} are ${bytes} bytes compressed`);
    return verdict([...findings, ...inlined()], `first load ${Math.round(bytes / 1000)} kB compressed`);
  },
};
