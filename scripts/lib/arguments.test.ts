import { describe, expect, it } from "vitest";
import { helpText, parseArguments } from "./arguments.ts";
import { type Check, verdict } from "./check.ts";

const check = (name: string): Check => ({
  name,
  describe: `looks at ${name}`,
  run: () => Promise.resolve(verdict("")),
});
const checks = ["lint", "types", "tests"].map(check);
const parse = (...args: string[]) => {
  const { selected, ...rest } = parseArguments(args, checks);
  return { names: selected.map(({ name }) => name), ...rest };
};

describe("parseArguments", () => {
  it("selects everything without arguments", () => {
    expect(parse()).toEqual({
      names: ["lint", "types", "tests"],
      help: false,
      long: false,
      testArguments: [],
    });
  });

  it("selects the named checks in their usual order", () => {
    expect(parse("types", "lint").names).toEqual(["lint", "types"]);
  });

  it("passes arguments behind `tests` to the test runner", () => {
    expect(parse("--long", "types", "tests", "packages/aster", "--help")).toEqual({
      names: ["types", "tests"],
      help: false,
      long: true,
      testArguments: ["packages/aster", "--help"],
    });
  });

  it("selects everything with only --long", () => {
    expect(parse("--long").names).toHaveLength(3);
  });

  it("names the existing checks when a check is unknown", () => {
    expect(() => parse("types", "type")).toThrow('Unknown check "type". Choose from: lint, types, tests.');
    expect(() => parse("--lnog")).toThrow("--lnog");
  });
});

it("lists every check in the help", () => {
  for (const { name, describe } of checks)
    expect(helpText(checks)).toMatch(new RegExp(`^  ${name} +${describe}$`, "m"));
});
