import { existsSync, globSync, readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";

/** Root folder of the workspace, absolute. */
export const root = fileURLToPath(new URL("../..", import.meta.url));

/** A git-ignored folder for generated files that have to resolve imports from within the workspace. */
export const scratch = join(root, ".tmp");

/** A target of an export or import map: a path, a table of conditions or subpaths, or null. */
export type Target = string | null | { readonly [key: string]: Target };

/** The fields of package.json that the scripts read. */
interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly private?: boolean;
  readonly workspaces?: readonly string[];
  readonly engines?: { readonly node?: string };
  readonly exports?: Target;
  readonly imports?: Target;
  readonly bin?: Readonly<Record<string, string>>;
  readonly dependencies?: Readonly<Record<string, string>>;
}

/** A package of the workspace. */
export interface WorkspacePackage {
  /** Absolute. */
  readonly folder: string;
  readonly manifest: Manifest;
}

/** A built file: the entry of a condition table with `@asterite/source`. */
export interface SourceEntry {
  /** Relative to the package, with `./` in front, as in package.json. */
  readonly source: string;
  readonly output: string;
  readonly types: string | undefined;
}

const readManifest = (folder: string): Manifest =>
  JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));

const expand = (pattern: string): string[] => {
  if (!pattern.endsWith("/*")) return [join(root, pattern)];
  const parent = join(root, pattern.slice(0, -2));
  if (!existsSync(parent)) return [];
  return readdirSync(parent).map((name) => join(parent, name));
};

/** Returns every package of the workspace in the order of the root package.json. */
export function workspacePackages(): WorkspacePackage[] {
  const folders = (readManifest(root).workspaces ?? []).flatMap(expand);
  return folders
    .filter((folder) => existsSync(join(folder, "package.json")))
    .map((folder) => ({ folder, manifest: readManifest(folder) }));
}

/** Returns the packages that are published to the registry. */
export const publishedPackages = (): WorkspacePackage[] =>
  workspacePackages().filter(({ manifest }) => manifest.private !== true);

function* conditionTables(target: Target | undefined): Generator<{ readonly [key: string]: Target }> {
  if (typeof target !== "object" || target === null) return;
  if ("@asterite/source" in target) yield target;
  else for (const value of Object.values(target)) yield* conditionTables(value);
}

const entriesOf = ({ manifest }: WorkspacePackage, map: Target | undefined): SourceEntry[] =>
  [...conditionTables(map)].map((table) => {
    const { "@asterite/source": source, default: output, types } = table;
    if (typeof source !== "string" || typeof output !== "string") {
      throw new Error(
        `${manifest.name}: "@asterite/source" needs a "default" beside it, and both have to be paths`,
      );
    }
    if (types !== undefined && types !== output.replace(/\.js$/, ".d.ts")) {
      throw new Error(`${manifest.name}: "types" of ${output} must be the .d.ts file beside it`);
    }
    return { source, output, types };
  });

/** Returns the files that users import by name. */
export const exportedEntries = (pkg: WorkspacePackage): SourceEntry[] => entriesOf(pkg, pkg.manifest.exports);

/** Returns every entry of the build: exports and files that differ by platform. */
export function builtEntries(pkg: WorkspacePackage): SourceEntry[] {
  const all = [...exportedEntries(pkg), ...entriesOf(pkg, pkg.manifest.imports)];
  return all.filter((entry, index) => all.findIndex(({ output }) => output === entry.output) === index);
}

/** Returns the exported subpaths, such as `.` and `./media`, without files such as package.json. */
export const exportedSubpaths = ({ manifest }: WorkspacePackage): string[] =>
  Object.entries(typeof manifest.exports === "object" ? (manifest.exports ?? {}) : {})
    .filter(([, target]) => !conditionTables(target).next().done)
    .map(([subpath]) => subpath);

/** Returns whether the maps of a package have a condition for browsers. */
export function hasBrowserCondition({ manifest }: WorkspacePackage): boolean {
  const mentions = (target: Target | undefined): boolean =>
    typeof target === "object" &&
    target !== null &&
    Object.entries(target).some(([key, value]) => key === "browser" || mentions(value));
  return mentions(manifest.exports) || mentions(manifest.imports);
}

/** Returns the lowest supported Node version of a package, as `major.minor`. */
export function lowestNode({ manifest }: WorkspacePackage): {
  readonly major: number;
  readonly text: string;
} {
  const match = /^>=((\d+)(?:\.\d+)?)$/.exec(manifest.engines?.node ?? "");
  if (!match?.[1]) throw new Error(`${manifest.name}: "engines.node" must be of the form >=24 or >=22.12`);
  return { major: Number(match[2]), text: match[1] };
}

/** Returns a path relative to the workspace's root. */
export const display = (path: string): string => relative(root, path);

const sourceFiles = (folder: string): string[] =>
  globSync("**/*.ts", { cwd: folder, exclude: (path) => /node_modules|dist/.test(path) });

/** Returns whether a package has no code yet: only `export {};` in its files. */
export const isEmpty = ({ folder }: WorkspacePackage): boolean =>
  sourceFiles(folder).every((file) => readFileSync(join(folder, file), "utf8").trim() === "export {};");
