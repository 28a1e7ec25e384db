import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Check, CheckResult } from "../lib/check.ts";
import { runTool } from "../lib/command.ts";
import { display } from "../lib/workspace.ts";

/** Fields of vitest's JSON report that are read here. */
interface Report {
  readonly success: boolean;
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly assertionResults: readonly { readonly fullName: string; readonly status: string }[];
  }[];
}

/** Counts the tests of a report; `output` is shown on a failure. */
export function countTests(report: Report, output: string): CheckResult {
  let passed = 0;
  let failed = 0;
  const skipped: string[] = [];
  for (const file of report.testResults) {
    for (const { fullName, status } of file.assertionResults) {
      if (status === "passed") passed++;
      else if (status === "failed") failed++;
      else skipped.push(`${display(file.name)} ${fullName}`);
    }
    // A file that fails to load has no tests.
    const names = file.assertionResults.some(({ status }) => status === "failed");
    if (file.status === "failed" && !names) failed++;
  }
  // An error outside of tests, or no test file at all.
  if (!report.success && failed === 0) failed = 1;
  return { passed, failed, skipped, output };
}

export const tests: Check = {
  name: "tests",
  describe: "all tests; arguments behind this name are passed to vitest: tests packages/aster",
  isExclusive: true,
  async run({ long, testArguments }) {
    const folder = mkdtempSync(join(tmpdir(), "asterite-tests-"));
    const report = join(folder, "report.json");
    try {
      const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${report}`];
      const { code, output } = await runTool(
        "node_modules/vitest/vitest.mjs",
        ["run", ...reporters, ...testArguments],
        {
          env: {
            ASTERITE_LONG_TESTS: long ? "1" : undefined,
            // Hundreds of processes and threads load the same sources; this halves their start time.
            NODE_COMPILE_CACHE: join(folder, "compiled"),
          },
        },
      );
      const text = readReport(report);
      if (text === undefined) {
        return { passed: 0, failed: 1, skipped: [], output: output || `vitest ended with exit code ${code}` };
      }
      const result = countTests(JSON.parse(text), output.replace(/^JSON report written to .*$/m, ""));
      return code !== 0 && result.failed === 0 ? { ...result, failed: 1 } : result;
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
};

/** Reads the report; undefined if vitest failed before the first test and wrote none. */
function readReport(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}
