import type { JsonObject } from "./versions.ts";

/** An entry of package-lock.json, as far as its dependencies are concerned. */
interface Entry {
  readonly name?: string;
  readonly version?: string;
  readonly link?: boolean;
  readonly resolved?: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly peerDependenciesMeta?: Readonly<Record<string, { readonly optional?: boolean }>>;
}

/** A software bill of materials in the format CycloneDX, as far as it is changed here. */
interface Sbom extends JsonObject {
  readonly metadata: JsonObject & { readonly component: JsonObject };
  readonly components: readonly (JsonObject & { readonly "bom-ref": string })[];
  readonly dependencies: readonly { readonly ref: string; readonly dependsOn?: readonly string[] }[];
}

type Packages = Readonly<Record<string, Entry>>;

/**
 * Finds the entry that a package gets for a name: in its own folder of dependencies, or in the nearest one
 * above.
 */
function resolveDependency(packages: Packages, from: string, name: string): string | undefined {
  let folder = from;
  for (;;) {
    const path = folder === "" ? `node_modules/${name}` : `${folder}/node_modules/${name}`;
    const entry = packages[path];
    if (entry) return entry.link === true ? entry.resolved : path;
    if (folder === "") return undefined;
    folder = folder.includes("/") ? folder.slice(0, folder.lastIndexOf("/")) : "";
  }
}

/**
 * Returns `name@version` of every package that the given ones need at run time, themselves included.
 *
 * @param roots - Keys of `packages`.
 */
export function runtimeClosure(packages: Packages, roots: readonly string[]): Set<string> {
  const seen = new Set<string>();
  const pending = [...roots];
  for (let path = pending.pop(); path !== undefined; path = pending.pop()) {
    if (seen.has(path)) continue;
    seen.add(path);
    const entry = packages[path];
    const peers = Object.keys(entry?.peerDependencies ?? {});
    const names = [
      ...Object.keys({ ...entry?.dependencies, ...entry?.optionalDependencies }),
      // npm installs an optional peer only when the user names it.
      ...peers.filter((name) => entry?.peerDependenciesMeta?.[name]?.optional !== true),
    ];
    for (const name of names) {
      const target = resolveDependency(packages, path, name);
      if (target !== undefined) pending.push(target);
    }
  }
  return new Set(
    [...seen].map((path) => {
      const entry = packages[path];
      return `${entry?.name ?? path.slice(path.lastIndexOf("node_modules/") + "node_modules/".length)}@${entry?.version}`;
    }),
  );
}

/**
 * Reduces npm's bill of the whole workspace to the packages that are released and what they need at run time.
 * `npm sbom --omit dev` cannot do this: it leaves out every package that some other package of the workspace
 * needs for its tests.
 */
export function reduceSbom(sbom: Sbom, refs: ReadonlySet<string>, name: string, version: string): JsonObject {
  const component = {
    ...sbom.metadata.component,
    "bom-ref": `${name}@${version}`,
    name,
    version,
    purl: `pkg:npm/${name}@${version}`,
  };
  return {
    ...sbom,
    metadata: { ...sbom.metadata, component },
    components: sbom.components
      .filter((part) => refs.has(part["bom-ref"]))
      // npm names a package of the workspace after its folder.
      .map((part) => ({ ...part, name: part["bom-ref"].slice(0, part["bom-ref"].lastIndexOf("@")) })),
    dependencies: sbom.dependencies
      .filter(({ ref }) => refs.has(ref))
      .map(({ ref, dependsOn }) => ({
        ref,
        dependsOn: dependsOn?.filter((target) => refs.has(target)) ?? [],
      })),
  };
}
