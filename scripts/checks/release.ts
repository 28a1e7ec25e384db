import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type Check, verdict } from "../lib/check.ts";
import { findChangelogProblems } from "../lib/release/changelog.ts";
import { findMetadataProblems } from "../lib/release/metadata.ts";
import { display, publishedPackages, root } from "../lib/workspace.ts";

export const release: Check = {
  name: "release",
  describe: "the published manifests have their metadata, and the change log has its layout",
  run() {
    const packages = publishedPackages();
    const findings = packages.flatMap(({ folder }) =>
      findMetadataProblems(JSON.parse(readFileSync(join(folder, "package.json"), "utf8")), display(folder)),
    );
    const names = new Set(packages.map(({ manifest }) => manifest.name));
    findings.push(...findChangelogProblems(readFileSync(join(root, "CHANGELOG.md"), "utf8"), names));
    return Promise.resolve(verdict(findings));
  },
};
