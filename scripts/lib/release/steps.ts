import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { npm, runCommand, runTool } from "../command.ts";
import { packAll } from "../pack/pack-all.ts";
import type { PackedPackage } from "../pack/tarball.ts";
import { display, publishedPackages, root, type WorkspacePackage, workspacePackages } from "../workspace.ts";
import { findChangelogProblems, releaseChangelog } from "./changelog.ts";
import type { ReleaseArguments } from "./release-arguments.ts";
import { reduceSbom, runtimeClosure } from "./sbom.ts";
import { checkVersion, type JsonObject, replaceVersion, setLockfileVersion, setVersion } from "./versions.ts";

/** One step of a release. */
export interface Step {
  /** Printed before the step is taken, and in a dry run. */
  readonly description: string;
  run(): Promise<void>;
}

/** A file with the text that the release gives it. */
interface ChangedFile {
  readonly path: string;
  readonly text: string;
}

const outputFolder = join(root, "dist/packages");

/**
 * Packages whose code is part of a published one: the command carries the web client, with the libraries
 * built into it.
 */
const bundled = ["apps/web", "node_modules/svelte", "node_modules/lowlight", "node_modules/highlight.js"];

const readJson = (path: string): JsonObject => JSON.parse(readFileSync(join(root, path), "utf8"));

const writeJson = (value: JsonObject): string => `${JSON.stringify(value, null, 2)}\n`;

async function git(...args: string[]): Promise<string> {
  const { code, output } = await runCommand("git", args);
  if (code !== 0) throw new Error(`git ${args.join(" ")} failed:\n${output}`);
  return output.trim();
}

/**
 * Sources that name the version because browsers cannot read it from a manifest; a test of each compares the
 * two.
 */
const versionedSources = ["packages/aster/src/version.ts", "packages/andesite/src/http/user-agent.ts"];

/** Returns every file that names the version, with its new text. */
function changeFiles(
  version: string,
  current: string,
  packages: readonly WorkspacePackage[],
  date: string,
): ChangedFile[] {
  const names = new Set(packages.map(({ manifest }) => manifest.name));
  const manifests = ["package.json", ...packages.map(({ folder }) => join(display(folder), "package.json"))];
  const sources = versionedSources.map((path) => ({
    path,
    text: replaceVersion(readFileSync(join(root, path), "utf8"), current, version),
  }));
  const changelog = readFileSync(join(root, "CHANGELOG.md"), "utf8");
  return [
    ...sources,
    ...manifests.map((path) => ({ path, text: writeJson(setVersion(readJson(path), version, names)) })),
    {
      path: "package-lock.json",
      text: writeJson(setLockfileVersion(readJson("package-lock.json"), version, names)),
    },
    { path: "CHANGELOG.md", text: releaseChangelog(changelog, version, date) },
  ].filter(({ path, text }) => readFileSync(join(root, path), "utf8") !== text);
}

async function packEverything(): Promise<readonly PackedPackage[]> {
  const { code, output } = await runTool("scripts/build.ts", []);
  if (code !== 0) throw new Error(`the build failed:\n${output}`);
  rmSync(outputFolder, { recursive: true, force: true });
  mkdirSync(outputFolder, { recursive: true });
  return packAll(publishedPackages(), outputFolder);
}

/** Writes the bill of materials of everything that is released. */
async function writeSbom(version: string, file: string): Promise<void> {
  const sbom = JSON.parse(await npm(["sbom", "--sbom-format=cyclonedx", "--package-lock-only"], root));
  const lock = readJson("package-lock.json") as { packages: Parameters<typeof runtimeClosure>[0] };
  const roots = [...publishedPackages().map(({ folder }) => display(folder)), ...bundled];
  const refs = runtimeClosure(lock.packages, roots);
  writeFileSync(file, writeJson(reduceSbom(sbom, refs, "asterite-release", version)));
}

/**
 * Sorts packages so that each comes after those it depends on, because the registry shows them one after the
 * other.
 */
export function inDependencyOrder(packages: readonly WorkspacePackage[]): WorkspacePackage[] {
  const byName = new Map(packages.map((pkg) => [pkg.manifest.name, pkg]));
  const sorted = new Set<WorkspacePackage>();
  const add = (pkg: WorkspacePackage) => {
    if (sorted.has(pkg)) return;
    for (const name of Object.keys(pkg.manifest.dependencies ?? {})) {
      const dependency = byName.get(name);
      if (dependency) add(dependency);
    }
    sorted.add(pkg);
  };
  for (const pkg of packages) add(pkg);
  return [...sorted];
}

async function publishAll(packed: readonly PackedPackage[], version: string): Promise<void> {
  const files = new Map(packed.map(({ pkg, file }) => [pkg.manifest.name, file]));
  const tag = version.includes("-") ? "next" : "latest";
  for (const { manifest } of inDependencyOrder(publishedPackages())) {
    const file = files.get(manifest.name);
    if (file === undefined) throw new Error(`${manifest.name} was not packed`);
    await npm(["publish", file, "--provenance", "--access=public", `--tag=${tag}`], root);
    console.log(`published ${manifest.name} ${version}`);
  }
}

/**
 * Checks that a release is possible and returns its steps, which are to be taken in order.
 *
 * @param today - Day of the release, as `2026-12-01`.
 * @throws Error that says what has to be done first.
 */
export async function planRelease({ version, publishes }: ReleaseArguments, today: string): Promise<Step[]> {
  const packages = workspacePackages();
  const published = publishedPackages();
  const current = published[0]?.manifest.version ?? "0.0.0";
  checkVersion(version, current);
  const names = new Set(published.map(({ manifest }) => manifest.name));
  const problems = findChangelogProblems(readFileSync(join(root, "CHANGELOG.md"), "utf8"), names);
  if (problems.length > 0) throw new Error(problems.join("\n"));
  const status = await git("status", "--porcelain");
  if (status !== "") throw new Error(`commit or remove what differs from the last commit first:\n${status}`);
  const tag = `v${version}`;
  if ((await git("tag", "--list", tag)) !== "") throw new Error(`the tag ${tag} exists`);

  const changes = changeFiles(version, current, packages, today);
  const sbomFile = join(outputFolder, `asterite-${version}.cdx.json`);
  let packed: readonly PackedPackage[] = [];
  const steps: Step[] = [
    {
      description: `write ${version} into ${changes.map(({ path }) => path).join(", ")}`,
      run: () => {
        for (const { path, text } of changes) writeFileSync(join(root, path), text);
        return Promise.resolve();
      },
    },
    {
      description: `commit them as "release: ${version}"`,
      run: async () => {
        await git("add", ...changes.map(({ path }) => path));
        await git("commit", "--message", `release: ${version}`);
      },
    },
    {
      description: `build ${published.length} packages and pack them into ${display(outputFolder)}`,
      run: async () => {
        packed = await packEverything();
      },
    },
    {
      description: `write the bill of materials (CycloneDX) into ${display(sbomFile)}`,
      run: () => writeSbom(version, sbomFile),
    },
    {
      description: `tag the commit as ${tag}`,
      run: async () => {
        await git("tag", "--annotate", tag, "--message", version);
      },
    },
  ];
  if (publishes) {
    const order = inDependencyOrder(published).map(({ manifest }) => manifest.name);
    steps.push({
      description: `publish with provenance: ${order.join(", ")}`,
      run: () => publishAll(packed, version),
    });
  }
  return steps;
}
