import { createHash, randomUUID } from "node:crypto";
import { cp, glob, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "vite";
import { webClientFolder } from "./folder.ts";

const workspace = fileURLToPath(new URL("../../..", import.meta.url));
const application = fileURLToPath(new URL("..", import.meta.url));
/** Files that the build depends on. */
const sources = [
  "apps/web/{index.html,package.json,svelte.config.js,vite.config.ts}",
  "apps/web/{public,src}/**/*",
  "apps/web/server/{emoji-table,service-worker}.ts",
  "packages/{aster,aster-protocol}/src/**/*.ts",
  "package-lock.json",
];
const hashFileName = ".sources";

async function hashOfSources(): Promise<string> {
  const files = await Array.fromAsync(glob(sources, { cwd: workspace, withFileTypes: true }));
  const hash = createHash("sha256");
  const paths = files.filter((file) => file.isFile()).map((file) => join(file.parentPath, file.name));
  for (const path of paths.sort()) hash.update(path).update(await readFile(path));
  return hash.digest("hex");
}

const readBuildHash = (): Promise<string> =>
  readFile(join(webClientFolder, hashFileName), "utf8").catch(() => "");

/** Removes files of earlier builds from `folder`, i.e. those that are not in `newBuild`. */
async function removeStaleFiles(folder: string, newBuild: string): Promise<void> {
  const wanted = new Set(await readdir(newBuild, { recursive: true }));
  for (const name of await readdir(folder, { recursive: true })) {
    if (!wanted.has(name)) await rm(join(folder, name), { recursive: true, force: true });
  }
}

/**
 * Builds the client into {@link webClientFolder}, unless the existing build has the same sources. Safe to run
 * in several processes at once: each builds in a temporary folder, and the last one to finish wins.
 *
 * @param onStart - Called before a build, which takes seconds.
 */
export async function buildWebClient(onStart?: () => void): Promise<void> {
  const hash = await hashOfSources();
  if ((await readBuildHash()) === hash) return;
  onStart?.();
  const stagingFolder = `${webClientFolder}-${randomUUID()}`;
  const { NODE_ENV: previous } = process.env;
  // Always a production build: under a test runner Vite would bundle the development version of Svelte.
  process.env["NODE_ENV"] = "production";
  try {
    await build({
      root: application,
      configFile: join(application, "vite.config.ts"),
      logLevel: "error",
      build: { outDir: stagingFolder, emptyOutDir: true },
    });
    await writeFile(join(stagingFolder, hashFileName), hash);
    await mkdir(webClientFolder, { recursive: true });
    await cp(stagingFolder, webClientFolder, { recursive: true });
    await removeStaleFiles(webClientFolder, stagingFolder);
  } finally {
    if (previous === undefined) delete process.env["NODE_ENV"];
    else process.env["NODE_ENV"] = previous;
    await rm(stagingFolder, { recursive: true, force: true });
  }
}
