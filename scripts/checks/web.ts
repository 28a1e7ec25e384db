import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { webClientFolder } from "@asterite/web";
import { buildWebClient } from "@asterite/web/build";
import { type Check, type CheckResult, verdict } from "../lib/check.ts";
import { runTool } from "../lib/command.ts";

/** Largest compressed size of the first load. */
const budgetBytes = 102_000;

/** Returns the files that the page loads at once, and their compressed size. */
function firstLoad(): { readonly files: readonly string[]; readonly bytes: number } {
  const page = readFileSync(join(webClientFolder, "index.html"), "utf8");
  const named = [...page.matchAll(/(?:src|href)="\.\/([^"]+)"/g)].map(([, file = ""]) => file);
  const files = ["index.html", ...new Set(named)];
  const sizes = files.map((file) => gzipSync(readFileSync(join(webClientFolder, file))).byteLength);
  return { files, bytes: sizes.reduce((sum, size) => sum + size, 0) };
}

/** Reports inline scripts and styles, which the content security policy blocks. */
function inlined(): string[] {
  const page = readFileSync(join(webClientFolder, "index.html"), "utf8");
  const findings: string[] = [];
  if (/<script(?![^>]*\bsrc=)/.test(page)) findings.push("index.html has an inline script");
  if (/<style|\sstyle=/.test(page)) findings.push("index.html has an inline style");
  return findings;
}

/** Returns type errors in the web client, whose components only svelte-check reads. */
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

/** Checks types, build and size of the web client. */
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
