import { describe, expect, it } from "vitest";
import { readFloors } from "./floors.ts";
import { bypassesExports, findPackageCycle, mergeCycles, structureRules } from "./rules.ts";

describe("readFloors", () => {
  it("reads every package of a floor, even on the lines that follow", () => {
    const text =
      "## Floors\n\nProse.\n\n```\n2  apps/cli   the command\n   packages/dj\n0  packages/util\n```\n";
    expect([...readFloors(text)]).toEqual([
      ["apps/cli", 2],
      ["packages/dj", 2],
      ["packages/util", 0],
    ]);
  });

  it("rejects a page without the block", () => {
    expect(() => readFloors("## Rooms\n")).toThrow(/Floors/);
  });
});

describe("structureRules", () => {
  const floors = new Map([
    ["packages/a", 0],
    ["packages/b", 1],
  ]);
  const rules = structureRules({ floors, packages: [...floors.keys()], doors: ["packages/b/src/room"] });

  it("forbids imports of higher floors, and leaves the highest floor without such a rule", () => {
    const floorRules = rules.filter(({ name }) => name?.includes("floor"));
    expect(floorRules).toMatchObject([
      { name: "packages/a is on floor 0 and imports a higher one", to: { path: "^(?:packages/b)/" } },
    ]);
  });

  it("holds the door of a folder", () => {
    expect(rules.find(({ name }) => name?.startsWith("packages/b/src/room"))).toMatchObject({
      to: { path: "^packages/b/src/room/" },
    });
  });
});

describe("bypassesExports", () => {
  it.each([
    ["packages/a/src/x.ts", "../../b/src/y.ts", "packages/b/src/y.ts", true],
    ["tests/a/x.test.ts", "../../packages/b/src/y.ts", "packages/b/src/y.ts", true],
    ["packages/a/src/x.ts", "@asterite/b", "packages/b/src/index.ts", false],
    ["packages/a/src/x.ts", "./y.ts", "packages/a/src/y.ts", false],
    [
      "tests/a/x.test.ts",
      "../../packages/b/src/y.test-support.ts",
      "packages/b/src/y.test-support.ts",
      false,
    ],
    ["tests/support/x.ts", "../../packages/b/src/y.ts", "packages/b/src/y.ts", false],
  ])("%s importing %s: %s is %j", (source, specifier, resolved, expected) => {
    expect(bypassesExports(source, specifier, resolved)).toBe(expected);
  });
});

it("mergeCycles merges cycles that share a module", () => {
  expect(
    mergeCycles([
      ["a", "b"],
      ["x", "y"],
      ["c", "b"],
      ["c", "d"],
    ]),
  ).toEqual([
    ["x", "y"],
    ["a", "b", "c", "d"],
  ]);
});

it("findPackageCycle finds a cycle of packages and accepts a diamond", () => {
  expect(
    findPackageCycle(
      new Map([
        ["a", ["b", "c"]],
        ["b", ["d"]],
        ["c", ["d"]],
      ]),
    ),
  ).toBeUndefined();
  expect(
    findPackageCycle(
      new Map([
        ["a", ["b"]],
        ["b", ["c"]],
        ["c", ["b"]],
      ]),
    ),
  ).toEqual(["b", "c", "b"]);
});
