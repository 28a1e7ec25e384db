import { expect, it } from "vitest";
import { type MutationReport, scoreReport } from "./score.ts";

const mutant = (status: MutationReport["files"][string]["mutants"][number]["status"], line: number) => ({
  mutatorName: "EqualityOperator",
  replacement: "a <= b\n&& c",
  status,
  location: { start: { line, column: 3 } },
});

it("counts hanging tests as noticed, and leaves out mutants that cannot run or are equivalent", () => {
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
    total: 4,
    survivors: ["a.ts:3:3 EqualityOperator: a <= b", "a.ts:4:3 EqualityOperator: a <= b (no test runs it)"],
  });
});
