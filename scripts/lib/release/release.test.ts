import { describe, expect, it } from "vitest";
import { findChangelogProblems, releaseChangelog } from "./changelog.ts";
import { parseReleaseArguments } from "./release-arguments.ts";
import { reduceSbom, runtimeClosure } from "./sbom.ts";
import { inDependencyOrder } from "./steps.ts";
import { checkVersion, compareVersions, replaceVersion, setLockfileVersion, setVersion } from "./versions.ts";

describe("parseReleaseArguments", () => {
  it("reads the version and the options in any order", () => {
    expect(parseReleaseArguments(["--dry-run", "1.2.3"])).toEqual({
      version: "1.2.3",
      isDryRun: true,
      publishes: false,
    });
  });

  it.each([[[]], [["1.0.0", "2.0.0"]], [["1.0.0", "--force"]]])("rejects %j", (args) => {
    expect(() => parseReleaseArguments(args)).toThrow(/npm run release/);
  });
});

describe("versions", () => {
  it("compares by the precedence of Semantic Versioning", () => {
    const sorted = ["0.9.0", "1.0.0-alpha.2", "1.0.0-alpha.10", "1.0.0-beta.1", "1.0.0", "1.0.1", "1.10.0"];
    expect(sorted.toReversed().toSorted(compareVersions)).toEqual(sorted);
  });

  it("accepts the current version for the first release, and rejects lower ones and other forms", () => {
    expect(() => checkVersion("0.1.0", "0.1.0")).not.toThrow();
    expect(() => checkVersion("0.0.9", "0.1.0")).toThrow("lower than 0.1.0");
    expect(() => checkVersion("v1.0.0", "0.1.0")).toThrow("not a version");
    expect(() => checkVersion("1.0", "0.1.0")).toThrow("not a version");
  });

  const names = new Set(["@asterite/a", "@asterite/b"]);

  it("sets the version of a package and of its dependencies in the workspace, and nothing else", () => {
    const manifest = {
      name: "@asterite/a",
      version: "0.1.0",
      license: "MIT",
      dependencies: { "@asterite/b": "0.1.0", ws: "8.23.0" },
      devDependencies: { "@asterite/b": "0.1.0" },
    };
    expect(setVersion(manifest, "1.0.0", names)).toEqual({
      name: "@asterite/a",
      version: "1.0.0",
      license: "MIT",
      dependencies: { "@asterite/b": "1.0.0", ws: "8.23.0" },
      devDependencies: { "@asterite/b": "1.0.0" },
    });
  });

  it("replaces the version in sources, and nothing that only contains it", () => {
    const source =
      'const agent = "lib/0.1.0 (url)"; const version = "0.1.0"; const other = ["10.1.0", "0.1.0.1"];';
    expect(replaceVersion(source, "0.1.0", "1.0.0")).toBe(
      'const agent = "lib/1.0.0 (url)"; const version = "1.0.0"; const other = ["10.1.0", "0.1.0.1"];',
    );
  });

  it("keeps the version of the workspace's root", () => {
    const manifest = { name: "root", version: "0.0.0", devDependencies: { "@asterite/a": "0.1.0" } };
    expect(setVersion(manifest, "1.0.0", names)).toMatchObject({
      version: "0.0.0",
      devDependencies: { "@asterite/a": "1.0.0" },
    });
  });

  it("sets the versions of the workspace in the lockfile and keeps the registry's", () => {
    const lockfile = {
      packages: {
        "packages/a": { name: "@asterite/a", version: "0.1.0", dependencies: { "@asterite/b": "0.1.0" } },
        "node_modules/ws": { version: "0.1.0", integrity: "sha512-x" },
        "node_modules/@asterite/a": { resolved: "packages/a", link: true },
      },
    };
    expect(setLockfileVersion(lockfile, "1.0.0", names)).toEqual({
      packages: {
        "packages/a": { name: "@asterite/a", version: "1.0.0", dependencies: { "@asterite/b": "1.0.0" } },
        "node_modules/ws": { version: "0.1.0", integrity: "sha512-x" },
        "node_modules/@asterite/a": { resolved: "packages/a", link: true },
      },
    });
  });
});

describe("change log", () => {
  const names = new Set(["asterite"]);
  const log = (...lines: string[]) => ["# Change log", "", "## Unreleased", "", ...lines, ""].join("\n");

  it("moves the entries of Unreleased to the version and keeps older versions", () => {
    const text = log(
      "### `asterite`",
      "",
      "#### Added",
      "",
      "- A thing.",
      "",
      "## 0.1.0 (2026-01-01)",
      "",
      "Old.",
    );
    expect(releaseChangelog(text, "0.2.0", "2026-12-01")).toBe(
      [
        "# Change log",
        "",
        "## Unreleased",
        "",
        "## 0.2.0 (2026-12-01)",
        "",
        "### `asterite`",
        "",
        "#### Added",
        "",
        "- A thing.",
        "",
        "## 0.1.0 (2026-01-01)",
        "",
        "Old.",
        "",
      ].join("\n"),
    );
  });

  it("rejects a release without entries, and one that has a section", () => {
    expect(() => releaseChangelog(log(), "0.2.0", "2026-12-01")).toThrow("nothing to release");
    const text = log("- x", "## 0.2.0 (2026-01-01)");
    expect(() => releaseChangelog(text, "0.2.0", "2026-12-01")).toThrow("has a section for 0.2.0");
  });

  it("reports headings and entries that are not in the layout", () => {
    expect(findChangelogProblems(log("### `asterite`", "#### Fixed", "- x"), names)).toEqual([]);
    expect(
      findChangelogProblems(log("- x", "### asterite", "#### New", "### `asterite`", "- y"), names),
    ).toEqual([
      "CHANGELOG.md:5 an entry must be under a package and a kind of change",
      'CHANGELOG.md:6 "### asterite" is not the name of a published package',
      'CHANGELOG.md:7 "New" is none of Breaking, Added, Changed, Fixed',
      "CHANGELOG.md:9 an entry must be under a package and a kind of change",
    ]);
    expect(findChangelogProblems("# Change log\n\n## 1.0.0 (2026-01-01)\n", names)).toEqual([
      'CHANGELOG.md: the first section is not "## Unreleased"',
    ]);
  });
});

describe("bill of materials", () => {
  const packages = {
    "packages/a": {
      name: "@asterite/a",
      version: "1.0.0",
      dependencies: { "@asterite/b": "1.0.0", ws: "8.0.0" },
    },
    "packages/b": {
      name: "@asterite/b",
      version: "1.0.0",
      optionalDependencies: { fast: "2.0.0", absent: "1.0.0" },
    },
    "node_modules/@asterite/b": { resolved: "packages/b", link: true },
    "node_modules/ws": {
      version: "8.0.0",
      peerDependencies: { bufferutil: "1.0.0" },
      peerDependenciesMeta: { bufferutil: { optional: true } },
    },
    "node_modules/bufferutil": { version: "1.0.0" },
    "node_modules/fast": { version: "1.0.0" },
    "packages/b/node_modules/fast": { version: "2.0.0" },
    "node_modules/vitest": { version: "5.0.0" },
  };

  it("holds what packages need at run time, each in the version that it gets", () => {
    expect([...runtimeClosure(packages, ["packages/a"])].toSorted()).toEqual([
      "@asterite/a@1.0.0",
      "@asterite/b@1.0.0",
      "fast@2.0.0",
      "ws@8.0.0",
    ]);
  });

  it("leaves out other components and arrows to them, and names packages by their names", () => {
    const sbom = {
      metadata: { component: { name: "folder" } },
      components: [
        { "bom-ref": "@asterite/a@1.0.0", name: "a" },
        { "bom-ref": "vitest@5.0.0", name: "vitest" },
      ],
      dependencies: [
        { ref: "@asterite/a@1.0.0", dependsOn: ["ws@8.0.0", "vitest@5.0.0"] },
        { ref: "vitest@5.0.0" },
      ],
    };
    const refs = new Set(["@asterite/a@1.0.0", "ws@8.0.0"]);
    expect(reduceSbom(sbom, refs, "asterite-release", "1.0.0")).toEqual({
      metadata: {
        component: {
          "bom-ref": "asterite-release@1.0.0",
          name: "asterite-release",
          version: "1.0.0",
          purl: "pkg:npm/asterite-release@1.0.0",
        },
      },
      components: [{ "bom-ref": "@asterite/a@1.0.0", name: "@asterite/a" }],
      dependencies: [{ ref: "@asterite/a@1.0.0", dependsOn: ["ws@8.0.0"] }],
    });
  });
});

it("packages are published behind those they depend on", () => {
  const pkg = (name: string, ...needs: string[]) => ({
    folder: name,
    manifest: {
      name,
      version: "1.0.0",
      dependencies: Object.fromEntries(needs.map((need) => [need, "1.0.0"])),
    },
  });
  const order = inDependencyOrder([pkg("app", "client", "util"), pkg("client", "util"), pkg("util")]);
  expect(order.map(({ manifest }) => manifest.name)).toEqual(["util", "client", "app"]);
});
