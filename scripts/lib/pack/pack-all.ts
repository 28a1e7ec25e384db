import { readFileSync } from "node:fs";
import { join } from "node:path";
import { npm } from "../command.ts";
import { root, type WorkspacePackage } from "../workspace.ts";
import type { PackedPackage } from "./tarball.ts";

/** Packs built packages into tarballs, as npm would publish them. */
export async function packAll(
  packages: readonly WorkspacePackage[],
  folder: string,
): Promise<PackedPackage[]> {
  const selection = packages.map(({ manifest }) => `--workspace=${manifest.name}`);
  const listing = await npm(
    ["pack", "--json", "--ignore-scripts", `--pack-destination=${folder}`, ...selection],
    root,
  );
  const byName = new Map(packages.map((pkg) => [pkg.manifest.name, pkg]));
  const packed: { name: string; filename: string }[] = Object.values(JSON.parse(listing));
  return packed.flatMap(({ name, filename }) => {
    const pkg = byName.get(name);
    const file = join(folder, filename);
    return pkg ? [{ pkg, file, data: new Uint8Array(readFileSync(file)) }] : [];
  });
}
