import { dirname } from "node:path";
import { type Check, verdict } from "../lib/check.ts";
import { runTool } from "../lib/command.ts";
import { display, isEmpty, workspacePackages } from "../lib/workspace.ts";

/** A file of knip's JSON report with its findings by kind. */
type Issue = { readonly file: string } & Readonly<Record<string, readonly Finding[]>>;

interface Finding {
  readonly name: string;
  readonly line?: number;
}

const explanations: Readonly<Record<string, string>> = {
  dependencies: "dependency is never imported",
  devDependencies: "development dependency is never used",
  unlisted: "imported, but not a dependency of this package",
  unresolved: "imported, but cannot be resolved",
  files: "file is not reachable from an entry point",
  exports: "exported, but imported nowhere",
  types: "type is exported, but imported nowhere",
};

/** Returns packages without code, whose dependencies are still unused, and the root if there are any. */
function foldersWithoutCode(): Set<string> {
  const folders = workspacePackages()
    .filter(isEmpty)
    .map(({ folder }) => display(folder));
  return new Set(folders.length > 0 ? [...folders, "."] : []);
}

export const unused: Check = {
  name: "unused",
  describe: "no unused files, exports or dependencies, and no undeclared ones",
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
          findings.push(`${place}${subject}: ${explanations[kind] ?? kind}`);
        }
      }
    }
    if (findings.length === 0 && waiting.size === 0 && code !== 0) findings.push(output);
    const note =
      waiting.size > 0 ? `dependencies not checked in packages without code: ${[...waiting].join(", ")}` : "";
    return verdict(findings, note || undefined);
  },
};
