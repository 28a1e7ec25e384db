import { describe, expect, it } from "vitest";
import { type Check, type CheckResult, verdict } from "./check.ts";
import { runChecks } from "./runner.ts";

const check = (name: string, run: () => Promise<CheckResult>, isExclusive = false): Check => ({
  name,
  describe: name,
  isExclusive,
  run,
});
const result = (fields: Partial<CheckResult>): CheckResult => ({
  passed: 0,
  failed: 0,
  skipped: [],
  output: "",
  ...fields,
});

const run = async (selected: Check[], isCi = false) => {
  const lines: string[] = [];
  const request = { selected, help: false, long: false, testArguments: [] };
  const totals = await runChecks(request, { isCi, write: (text) => lines.push(text) });
  return { totals, text: lines.join("\n") };
};

describe("runChecks", () => {
  it("adds up the counts of checks and shows the output of failed ones only", async () => {
    const { totals, text } = await run([
      check("good", () => Promise.resolve(verdict(""))),
      check("bad", () => Promise.resolve(verdict(["first finding", "second finding"]))),
      check("many", () => Promise.resolve(result({ passed: 7, output: "chatter" }))),
    ]);
    expect(totals).toEqual({ passed: 8, failed: 1, skipped: 0 });
    expect(text).toContain("first finding\nsecond finding");
    expect(text).not.toContain("chatter");
  });

  it("counts an error as a failure and continues", async () => {
    const { totals, text } = await run([
      check("throws", () => Promise.reject(new Error("the reason"))),
      check("good", () => Promise.resolve(verdict(""))),
    ]);
    expect(totals).toEqual({ passed: 1, failed: 1, skipped: 0 });
    expect(text).toContain("the reason");
  });

  it("fails on skipped tests in CI and names them", async () => {
    const checks = [check("many", () => Promise.resolve(result({ passed: 2, skipped: ["one test"] })))];
    const here = await run(checks);
    expect(here.totals).toEqual({ passed: 2, failed: 0, skipped: 1 });
    expect(here.text).toContain("skipped: one test");
    expect((await run(checks, true)).totals).toEqual({ passed: 2, failed: 1, skipped: 0 });
  });

  it("runs two checks at a time, and exclusive ones alone", async () => {
    let running = 0;
    let most = 0;
    const busy = (name: string, isExclusive = false) =>
      check(
        name,
        async () => {
          most = Math.max(most, ++running);
          if (isExclusive) expect(running).toBe(1);
          await new Promise((resolve) => setImmediate(resolve));
          running--;
          return verdict("");
        },
        isExclusive,
      );
    const { totals } = await run([busy("last", true), busy("a"), busy("b"), busy("c"), busy("d")]);
    expect(totals.passed).toBe(5);
    expect(most).toBe(2);
  });
});
