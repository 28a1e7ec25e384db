import type { IForbiddenRuleType } from "dependency-cruiser";
import type { Floors } from "./floors.ts";

/** Facts about the workspace from which the rules are made. Paths start at its root. */
export interface Workspace {
  readonly floors: Floors;
  /** Folders of packages. */
  readonly packages: readonly string[];
  /** Folders below the sources of packages that have an `index.ts`. */
  readonly doors: readonly string[];
}

const clients = [
  "packages/aster",
  "packages/andesite",
  "packages/observable",
  "packages/queue",
  "packages/commands",
];
const servers = ["packages/aster-server", "packages/andesite-node"];

/**
 * Folders whose `index.ts` is a list and no door: of the exports that a package's own `index.ts` passes on,
 * or of all commands. Modules of the same package import the files themselves.
 */
const lists: readonly RegExp[] = [/^packages\/andesite\/src\//, /\/src\/commands$/];

/**
 * Modules that close a cycle of types on purpose and are left out of the graph. A model's public property
 * `server` has the full type of the server, which itself returns models; only this file has that upward
 * reference.
 */
export const backReferences = String.raw`^packages/aster/src/models/owner\.ts$`;

const testFile = String.raw`\.(?:test|test-d|test-support)\.ts$`;

const escapePath = (path: string): string => path.replace(/[-.]/g, String.raw`\$&`);

const anyOf = (folders: readonly string[]): string => `^(?:${folders.map(escapePath).join("|")})/`;

/** A package imports packages of its own floor or of lower ones. */
const floorRules = ({ floors, packages }: Workspace): IForbiddenRuleType[] =>
  packages.flatMap((folder) => {
    const own = floors.get(folder);
    const higher = packages.filter((other) => (floors.get(other) ?? 0) > (own ?? Infinity));
    if (higher.length === 0) return [];
    return [
      {
        name: `${folder} is on floor ${own} and imports a higher one`,
        from: { path: anyOf([folder]), pathNot: testFile },
        to: { path: anyOf(higher) },
      },
    ];
  });

/** A folder with an `index.ts` is imported through it, from outside of the folder. */
const doorRules = ({ doors }: Workspace): IForbiddenRuleType[] =>
  doors
    .filter((folder) => !lists.some((list) => list.test(folder)))
    .map((folder) => ({
      name: `${folder} is imported through its index.ts`,
      from: { pathNot: [`^${escapePath(folder)}/`, testFile, "^(?:tests|bench)/"] },
      to: {
        path: `^${escapePath(folder)}/`,
        pathNot: [String.raw`^${escapePath(folder)}/index\.ts$`, testFile],
      },
    }));

/** Returns the rules of the module graph. The name of each is the message of its findings. */
export const structureRules = (workspace: Workspace): IForbiddenRuleType[] => [
  { name: "modules import each other in a cycle", from: {}, to: { circular: true } },
  ...floorRules(workspace),
  {
    name: "a client imports a server",
    from: { path: anyOf(clients), pathNot: testFile },
    to: { path: anyOf(servers) },
  },
  {
    name: "a server imports a client",
    from: { path: anyOf(servers), pathNot: testFile },
    to: { path: anyOf(clients) },
  },
  ...doorRules(workspace),
  {
    name: "*.test-support.ts is for tests only",
    from: { pathNot: [testFile, "^(?:tests|bench)/"] },
    to: { path: String.raw`\.test-support\.ts$` },
  },
  {
    name: "the test kit is private, so published sources do not import it",
    from: { path: "^(?:packages|apps)/", pathNot: [testFile, "^packages/testkit/"] },
    to: { path: "^packages/testkit/" },
  },
];

/**
 * Files that may import the inside of a package by its path: benchmarks and helpers of tests, which put parts
 * together in ways that no export offers; the script that makes the music with the node's Ogg writer; and the
 * launcher, which runs before anything is installed.
 */
const insiders = /^(?:bench|tests\/support)\/|^scripts\/(?:make-music\.ts|run\.mjs)$/;

const packageOf = (path: string): string | undefined => /^(?:packages|apps)\/[^/]+(?=\/)/.exec(path)?.[0];

/** Returns whether an import reaches into another package by a path instead of its name. */
export function bypassesExports(source: string, specifier: string, resolved: string): boolean {
  const target = packageOf(resolved);
  if (!specifier.startsWith(".") || target === undefined || target === packageOf(source)) return false;
  return !insiders.test(source) && !resolved.endsWith(".test-support.ts");
}

/** Merges cycles that share a module, because they are parts of one: each result is sorted. */
export function mergeCycles(cycles: readonly (readonly string[])[]): string[][] {
  let merged: Set<string>[] = [];
  for (const cycle of cycles) {
    const touching = merged.filter((other) => cycle.some((name) => other.has(name)));
    const union = new Set([...cycle, ...touching.flatMap((other) => [...other])]);
    merged = [...merged.filter((other) => !touching.includes(other)), union];
  }
  return merged.map((names) => [...names].toSorted());
}

/** Finds a cycle in the dependencies of packages on each other; undefined if there is none. */
export function findPackageCycle(
  dependencies: ReadonlyMap<string, readonly string[]>,
): readonly string[] | undefined {
  const done = new Set<string>();
  const visit = (name: string, path: readonly string[]): readonly string[] | undefined => {
    if (path.includes(name)) return [...path.slice(path.indexOf(name)), name];
    if (done.has(name)) return undefined;
    for (const next of dependencies.get(name) ?? []) {
      const cycle = visit(next, [...path, name]);
      if (cycle) return cycle;
    }
    done.add(name);
    return undefined;
  };
  for (const name of dependencies.keys()) {
    const cycle = visit(name, []);
    if (cycle) return cycle;
  }
  return undefined;
}
