import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { dirname } from "node:path/posix";
import { cruise, type ICruiseResult } from "dependency-cruiser";
import { type Check, verdict } from "../lib/check.ts";
import { readFloors } from "../lib/structure/floors.ts";
import {
  backReferences,
  bypassesExports,
  findPackageCycle,
  mergeCycles,
  structureRules,
} from "../lib/structure/rules.ts";
import { display, root, type WorkspacePackage, workspacePackages } from "../lib/workspace.ts";

/** Folders whose modules are read, together with their imports. */
const sources = ["packages", "apps", "tests", "scripts", "bench", "examples"];

const doorsOf = (folders: readonly string[]): string[] =>
  globSync(
    folders.map((folder) => `${folder}/src/*/**/index.ts`),
    { cwd: root },
  ).map(dirname);

/** Checks the graph of packages; dependencies of their tests are left out. */
function checkPackages(packages: readonly WorkspacePackage[]): string[] {
  const names = new Set(packages.map(({ manifest }) => manifest.name));
  const dependencies = new Map(
    packages.map(({ manifest }) => [
      manifest.name,
      Object.keys(manifest.dependencies ?? {}).filter((name) => names.has(name)),
    ]),
  );
  const cycle = findPackageCycle(dependencies);
  return cycle === undefined ? [] : [`packages depend on each other in a cycle: ${cycle.join(" -> ")}`];
}

function describeViolations({ summary }: ICruiseResult): string[] {
  const cycles = summary.violations.flatMap(({ from, cycle }) =>
    cycle === undefined ? [] : [[from, ...cycle.map(({ name }) => name)]],
  );
  const findings = summary.violations
    .filter(({ cycle }) => cycle === undefined)
    .map(({ from, to, rule }) => `${from} -> ${to}: ${rule.name}`);
  for (const cycle of mergeCycles(cycles)) {
    const within = cycles
      .filter((names) => names.every((name) => cycle.includes(name)))
      .toSorted((a, b) => a.length - b.length);
    findings.push(
      `${cycle.length} modules import each other in a cycle, types included; the shortest one is ${within[0]?.join(" -> ")}`,
    );
  }
  return findings;
}

export const structure: Check = {
  name: "structure",
  describe: "floors, cycles, doors of folders and test helpers; the rules are in scripts/lib/structure",
  async run() {
    const packages = workspacePackages().filter(({ folder }) => /^(?:packages|apps)\//.test(display(folder)));
    const folders = packages.map(({ folder }) => display(folder));
    const floors = readFloors(readFileSync(join(root, "ARCHITECTURE.md"), "utf8"));
    const findings = folders
      .filter((folder) => !floors.has(folder))
      .map((folder) => `${folder}: ARCHITECTURE.md gives it no floor`);
    findings.push(...checkPackages(packages));

    const { output } = await cruise(
      sources,
      {
        ruleSet: { forbidden: structureRules({ floors, packages: folders, doors: doorsOf(folders) }) },
        validate: true,
        baseDir: root,
        exclude: { path: `(?:^|/)(?:dist|node_modules)/|${backReferences}` },
        // Includes imports of types, which do not exist at run time.
        tsPreCompilationDeps: true,
      },
      {
        exportsFields: ["exports"],
        conditionNames: ["@asterite/source", "import", "node", "default"],
        extensions: [".ts", ".svelte", ".js", ".json"],
      },
    );
    const result = output as ICruiseResult;
    for (const { source, dependencies } of result.modules) {
      for (const { module, resolved, couldNotResolve } of dependencies) {
        // Modules that a plug-in of the build provides have no file.
        if (module.startsWith("virtual:")) continue;
        if (couldNotResolve) findings.push(`${source} -> ${module}: cannot be resolved`);
        else if (bypassesExports(source, module, resolved)) {
          findings.push(`${source} -> ${resolved}: a package is imported by its name, not by a path`);
        }
      }
    }
    findings.push(...describeViolations(result));
    return verdict(findings.toSorted(), `${result.modules.length} modules`);
  },
};
