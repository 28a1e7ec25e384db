import { expect, it } from "vitest";
import { describeScore, type MutationReport, scoreReport } from "./score.ts";

const mutant = (status: MutationReport["files"][string]["mutants"][number]["status"], line: number) => ({
  mutatorName: "EqualityOperator",
  replacement: "a <= b\n&& c",
  status,
  location: { start: { line, column: 3 } },
});

it("counts hanging tests as noticed, and leaves out mutants that cannot run, are equivalent or outside the sample", () => {
  const mutants = [
    mutant("Killed", 1),
    mutant("Timeout", 2),
    mutant("Survived", 3),
    mutant("NoCoverage", 4),
    mutant("Ignored", 5),
    mutant("RuntimeError", 6),
    mutant("CompileError", 7),
  ];
  expect(scoreReport({ files: { "a.ts": { source: "", mutants } } })).toEqual({
    noticed: 2,
    timedOut: ["a.ts:2:3 EqualityOperator: a <= b"],
    total: 4,
    leftOut: 1,
    survivors: ["a.ts:3:3 EqualityOperator: a <= b", "a.ts:4:3 EqualityOperator: a <= b (no test runs it)"],
  });
});

it("describes a whole room by its share, and a sample by its interval too", () => {
  const score = {
    noticed: 81,
    timedOut: ["a.ts:2:3 a", "a.ts:3:3 b"],
    total: 100,
    leftOut: 0,
    survivors: [],
  };
  expect(describeScore(score)).toBe("81 of 100 noticed (81.0 %), 2 of them by time-out");
  expect(describeScore({ ...score, leftOut: 900 })).toBe(
    "81 of 100 noticed (81.0 %), 2 of them by time-out; a sample of 1000, 95 % interval 72.7 to 87.2 %",
  );
});
