import { dirname } from "node:path";
import { type Check, verdict } from "../lib/check.ts";
import { runTool } from "../lib/command.ts";
import { display, isEmpty, workspacePackages } from "../lib/workspace.ts";

/** One file in knip's JSON report: the kind of a finding and what was found. */
type Issue = { readonly file: string } & Readonly<Record<string, readonly Finding[]>>;

interface Finding {
  readonly name: string;
  readonly line?: number;
}

const whatItMeans: Readonly<Record<string, string>> = {
  dependencies: "dependency is never imported",
  devDependencies: "development dependency is never used",
  unlisted: "imported, but not a dependency of this package",
  unresolved: "imported, but not to be found",
  files: "file is reached from no entry point",
  exports: "exported, but imported nowhere",
  types: "type is exported, but imported nowhere",
};

/** A package without code uses nothing yet; the root serves them all, so it waits for the last one. */
function foldersWithoutCode(): Set<string> {
  const folders = workspacePackages()
    .filter(isEmpty)
    .map(({ folder }) => display(folder));
  return new Set(folders.length > 0 ? [...folders, "."] : []);
}

export const unused: Check = {
  name: "unused",
  describe: "no unused file, export or dependency, and none that is used but not declared",
  async run() {
    const args = ["--no-progress", "--no-config-hints", "--reporter", "json"];
    const { code, output } = await runTool("node_modules/knip/bin/knip.js", args);
    if (!output.startsWith("{")) return verdict(output || `knip ended with exit code ${code}`);

    const waiting = foldersWithoutCode();
    const findings: string[] = [];
    for (const { file, ...kinds } of JSON.parse(output).issues as Issue[]) {
      for (const [kind, found] of Object.entries(kinds)) {
        const isDependency = kind === "dependencies" || kind === "devDependencies";
        if (isDependency && waiting.has(dirname(file))) continue;
        for (const { name, line } of found) {
          const place = line ? `${file}:${line}` : file;
          const subject = name === file ? "" : ` ${name}`;
          findings.push(`${place}${subject}: ${whatItMeans[kind] ?? kind}`);
        }
      }
    }
    if (findings.length === 0 && waiting.size === 0 && code !== 0) findings.push(output);
    const note =
      waiting.size > 0 ? `dependencies not looked at where code is missing: ${[...waiting].join(", ")}` : "";
    return verdict(findings, note || undefined);
  },
};
