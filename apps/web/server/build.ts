import { createHash, randomUUID } from "node:crypto";
import { cp, glob, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "vite";
import { webClientFolder } from "./folder.ts";

const workspace = fileURLToPath(new URL("../../..", import.meta.url));
const application = fileURLToPath(new URL("..", import.meta.url));
/** Everything that the built client depends on. */
const sources = [
  "apps/web/{index.html,package.json,svelte.config.js,vite.config.ts}",
  "apps/web/{public,src}/**/*",
  "packages/{aster,aster-protocol}/src/**/*.ts",
  "package-lock.json",
];
const stampName = ".sources";

async function hashOfSources(): Promise<string> {
  const files = await Array.fromAsync(glob(sources, { cwd: workspace, withFileTypes: true }));
  const hash = createHash("sha256");
  const paths = files.filter((file) => file.isFile()).map((file) => join(file.parentPath, file.name));
  for (const path of paths.sort()) hash.update(path).update(await readFile(path));
  return hash.digest("hex");
}

const readStamp = (): Promise<string> => readFile(join(webClientFolder, stampName), "utf8").catch(() => "");

/** Takes away what an earlier build left. */
async function removeOthers(folder: string, like: string): Promise<void> {
  const wanted = new Set(await readdir(like, { recursive: true }));
  for (const name of await readdir(folder, { recursive: true })) {
    if (!wanted.has(name)) await rm(join(folder, name), { recursive: true, force: true });
  }
}

/**
 * Builds the client into {@link webClientFolder}, unless what lies there was built from the same sources. Several
 * processes may do so at the same time: each builds aside, and whichever is ready last stays.
 */
export async function buildWebClient(): Promise<void> {
  const hash = await hashOfSources();
  if ((await readStamp()) === hash) return;
  const aside = `${webClientFolder}-${randomUUID()}`;
  const { NODE_ENV: before } = process.env;
  // What is shipped is the same whoever builds it first: under a test runner Vite would take Svelte's larger half.
  process.env["NODE_ENV"] = "production";
  try {
    await build({
      root: application,
      configFile: join(application, "vite.config.ts"),
      logLevel: "error",
      build: { outDir: aside, emptyOutDir: true },
    });
    await writeFile(join(aside, stampName), hash);
    await mkdir(webClientFolder, { recursive: true });
    await cp(aside, webClientFolder, { recursive: true });
    await removeOthers(webClientFolder, aside);
  } finally {
    if (before === undefined) delete process.env["NODE_ENV"];
    else process.env["NODE_ENV"] = before;
    await rm(aside, { recursive: true, force: true });
  }
}
