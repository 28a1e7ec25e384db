import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { npm, runCommand, runTool } from "../command.ts";
import { exportedSubpaths, lowestNode, root, type WorkspacePackage } from "../workspace.ts";
import type { PackedPackage } from "./tarball.ts";

/** Node binaries on which the packages are loaded, by major version. */
export const nodes: ReadonlyMap<number, string> = new Map([
  [22, join(root, "node_modules/node22/bin/node")],
  [24, process.execPath],
]);

/** Loads each named module with import() and require(); prints output only on failure. */
const importScript = `
import { createRequire } from "node:module";
const require = createRequire(import.meta.url);
for (const name of process.argv.slice(2)) {
  const imported = await import(name);
  const required = require(name);
  if (imported !== required) throw new Error("import() and require() of " + name + " return different modules");
}
`;

/** Prints the names that each module exports, as JSON. */
const exportsScript = `
const names = {};
for (const name of process.argv.slice(2)) names[name] = Object.keys(await import(name));
console.log(JSON.stringify(names));
`;

const tsconfig = {
  compilerOptions: {
    target: "es2023",
    lib: ["es2023", "esnext.disposable", "dom"],
    module: "nodenext",
    types: ["node"],
    strict: true,
    noEmit: true,
    skipLibCheck: false,
  },
  files: ["types.ts"],
};

/** Returns the specifiers of a package; none for a command, which is started instead. */
const specifiers = (pkg: WorkspacePackage): string[] =>
  pkg.manifest.bin ? [] : exportedSubpaths(pkg).map((subpath) => pkg.manifest.name + subpath.slice(1));

/** Installs all packages together, as a user would. */
export async function installPackages(folder: string, packages: readonly PackedPackage[]): Promise<void> {
  mkdirSync(folder, { recursive: true });
  const dependencies = Object.fromEntries(
    packages.map(({ pkg, file }) => [pkg.manifest.name, `file:${file}`]),
  );
  writeFileSync(
    join(folder, "package.json"),
    JSON.stringify({ private: true, type: "module", dependencies }),
  );
  await npm(["install", "--prefer-offline", "--no-package-lock"], folder);
}

/** Loads every package on every supported Node. */
export async function importPackages(
  folder: string,
  packages: readonly WorkspacePackage[],
): Promise<string[]> {
  const script = join(folder, "import.js");
  writeFileSync(script, importScript);
  const findings: string[] = [];
  for (const [major, node] of nodes) {
    const names = packages.filter((pkg) => lowestNode(pkg).major <= major).flatMap(specifiers);
    for (const name of names) {
      const { code, output } = await runCommand(node, [script, name], { cwd: folder });
      if (code !== 0) findings.push(`${name} cannot be loaded on Node ${major}:\n${output}`);
      else if (output !== "")
        findings.push(`${name} prints output when it is loaded on Node ${major}:\n${output}`);
    }
  }
  return findings;
}

/**
 * Compiles a program against the emitted types, without the workspace's settings and sources. The program names
 * each export, because a module whose declarations have other names than its code compiles too.
 */
export async function compileAgainst(
  folder: string,
  packages: readonly WorkspacePackage[],
): Promise<string[]> {
  const script = join(folder, "exports.js");
  writeFileSync(script, exportsScript);
  const { code, output: json } = await runCommand(
    process.execPath,
    [script, ...packages.flatMap(specifiers)],
    { cwd: folder },
  );
  if (code !== 0) return [`the packages cannot be loaded together:\n${json}`];
  const lines = Object.entries(JSON.parse(json) as Record<string, string[]>).flatMap(([name, exported]) => {
    const prefix = `_${name.replace(/\W/g, "_")}`;
    const renamed = exported.map((item) => `${item} as ${prefix}_${item}`);
    return [`export * as ${prefix} from "${name}";`, `export { ${renamed.join(", ")} } from "${name}";`];
  });
  writeFileSync(join(folder, "types.ts"), `${lines.join("\n")}\n`);
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(tsconfig));
  mkdirSync(join(folder, "node_modules/@types"), { recursive: true });
  symlinkSync(join(root, "node_modules/@types/node"), join(folder, "node_modules/@types/node"));
  const { output } = await runTool(join(root, "node_modules/ts7/bin/tsc"), ["-p", ".", "--pretty", "false"], {
    cwd: folder,
  });
  // Errors in declarations of dependencies are ignored.
  const ours = packages.map(({ manifest }) => `node_modules/${manifest.name}/`);
  const isOurs = (line: string) =>
    /^\S/.test(line) && (/^(?:types\.ts|error)/.test(line) || ours.some((path) => line.startsWith(path)));
  const findings = output.split("\n").filter(isOurs);
  return findings.length > 0 ? [`the emitted types do not compile:\n${findings.join("\n")}`] : [];
}
