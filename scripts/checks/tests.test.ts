import { join } from "node:path";
import { expect, it } from "vitest";
import { root } from "../lib/workspace.ts";
import { countTests } from "./tests.ts";

const file = (name: string, status: string, tests: Record<string, string>) => ({
  name: join(root, name),
  status,
  assertionResults: Object.entries(tests).map(([fullName, status]) => ({ fullName, status })),
});
const count = (success: boolean, ...testResults: ReturnType<typeof file>[]) =>
  countTests({ success, testResults }, "output");

it("counts each test and names the skipped ones", () => {
  expect(
    count(
      false,
      file("a.test.ts", "failed", { one: "passed", two: "failed" }),
      file("b.test.ts", "passed", { three: "passed", four: "skipped", five: "todo" }),
    ),
  ).toEqual({ passed: 2, failed: 1, skipped: ["b.test.ts four", "b.test.ts five"], output: "output" });
});

it("counts a file that failed to load", () => {
  expect(
    count(false, file("a.test.ts", "failed", {}), file("b.test.ts", "passed", { x: "passed" })),
  ).toMatchObject({
    passed: 1,
    failed: 1,
  });
});

it("counts an error outside of all tests, and a run without tests", () => {
  expect(count(false, file("a.test.ts", "passed", { x: "passed" }))).toMatchObject({ passed: 1, failed: 1 });
  expect(count(false)).toMatchObject({ passed: 0, failed: 1 });
});
