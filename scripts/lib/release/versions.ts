/** A package.json or package-lock.json, whose other fields pass through unchanged. */
export type JsonObject = Record<string, unknown>;

/** A release version: three numbers, and for a pre-release a suffix such as `-beta.1`. */
const versionPattern = /^(\d+)\.(\d+)\.(\d+)(?:-([\da-z]+(?:\.[\da-z]+)*))?$/;

const dependencyFields = ["dependencies", "devDependencies", "peerDependencies", "optionalDependencies"];

const isObject = (value: unknown): value is JsonObject => typeof value === "object" && value !== null;

/** Compares two versions by the precedence of Semantic Versioning 2.0.0; below 0 if `a` is the lower one. */
export function compareVersions(a: string, b: string): number {
  const [, ...left] = versionPattern.exec(a) ?? [];
  const [, ...right] = versionPattern.exec(b) ?? [];
  for (let index = 0; index < 3; index++) {
    const difference = Number(left[index]) - Number(right[index]);
    if (difference !== 0) return difference;
  }
  const [before, after] = [left[3], right[3]];
  if (before === after) return 0;
  // A pre-release is lower than its release.
  if (before === undefined) return 1;
  if (after === undefined) return -1;
  return before.localeCompare(after, "en", { numeric: true });
}

/**
 * Checks a version that is to be released.
 *
 * @throws Error if it is not of the form `1.2.3` or `1.2.3-beta.1`, or lower than the current one.
 */
export function checkVersion(version: string, current: string): void {
  if (!versionPattern.test(version)) {
    throw new Error(`"${version}" is not a version of the form 1.2.3 or 1.2.3-beta.1`);
  }
  // The first release has the version that the manifests already name.
  if (compareVersions(version, current) < 0) {
    throw new Error(`${version} is lower than ${current}, the version of the packages`);
  }
}

/**
 * Returns a manifest with a new version, and with that version for each package of the workspace that it
 * depends on.
 */
export function setVersion(manifest: JsonObject, version: string, names: ReadonlySet<string>): JsonObject {
  const updated: JsonObject = { ...manifest };
  if (typeof manifest["name"] === "string" && names.has(manifest["name"])) updated["version"] = version;
  for (const field of dependencyFields) {
    const dependencies = manifest[field];
    if (!isObject(dependencies)) continue;
    updated[field] = Object.fromEntries(
      Object.entries(dependencies).map(([name, range]) => [name, names.has(name) ? version : range]),
    );
  }
  return updated;
}

/** Returns a source with a new version in every place that names the current one, such as a `User-Agent`. */
export function replaceVersion(source: string, current: string, version: string): string {
  const pattern = new RegExp(String.raw`(?<![\d.])${current.replaceAll(".", String.raw`\.`)}(?![\d.])`, "g");
  return source.replace(pattern, version);
}

/**
 * Returns a package-lock.json with a new version for the packages of the workspace. Entries of the registry
 * stay as they are.
 */
export function setLockfileVersion(
  lockfile: JsonObject,
  version: string,
  names: ReadonlySet<string>,
): JsonObject {
  const packages = lockfile["packages"];
  if (!isObject(packages)) throw new Error('package-lock.json has no "packages"');
  const updated = Object.entries(packages).map(([path, entry]) => [
    path,
    isObject(entry) && !path.includes("node_modules/") ? setVersion(entry, version, names) : entry,
  ]);
  return { ...lockfile, packages: Object.fromEntries(updated) };
}
