import type { Request } from "./arguments.ts";
import type { Check, CheckResult } from "./check.ts";
import { runPool } from "./pool.ts";

/** Number of checks that run at once: the number of cores of the smallest machine. */
const concurrency = 2;

export interface RunnerOptions {
  /** In CI a skipped test is a failure. */
  readonly isCi: boolean;
  readonly write: (text: string) => void;
}

/** Sums over all checks. */
export interface Totals {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

const runOne = async (check: Check, request: Request): Promise<CheckResult> => {
  try {
    return await check.run(request);
  } catch (error) {
    const output = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return { passed: 0, failed: 1, skipped: [], output };
  }
};

const describeCounts = ({ passed, failed, skipped }: CheckResult): string => {
  if (passed + failed + skipped.length === 1) return failed > 0 ? "FAILED" : "passed";
  const parts = [`${passed} passed`];
  if (failed > 0) parts.push(`${failed} FAILED`);
  if (skipped.length > 0) parts.push(`${skipped.length} skipped`);
  return parts.join(", ");
};

/** Runs the selected checks, writes one line for each as it ends, and the full output of failed ones. */
export async function runChecks(request: Request, { isCi, write }: RunnerOptions): Promise<Totals> {
  let passed = 0;
  let failed = 0;
  let skipped = 0;
  const width = Math.max(...request.selected.map(({ name }) => name.length));

  const task = (check: Check) => async () => {
    const started = performance.now();
    const result = await runOne(check, request);
    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    const note = result.note === undefined ? "" : ` (${result.note})`;
    write(`${check.name.padEnd(width)}  ${seconds.padStart(5)} s  ${describeCounts(result)}${note}`);
    for (const name of result.skipped) write(`  skipped${isCi ? ", which CI does not allow" : ""}: ${name}`);
    if (result.failed > 0) write(`${result.output.trimEnd()}\n`);
    passed += result.passed;
    failed += result.failed + (isCi ? result.skipped.length : 0);
    skipped += isCi ? 0 : result.skipped.length;
  };

  const shared = request.selected.filter(({ isExclusive }) => !isExclusive);
  const exclusive = request.selected.filter((check) => check.isExclusive);
  await runPool(shared.map(task), concurrency);
  await runPool(exclusive.map(task), 1);
  return { passed, failed, skipped };
}
