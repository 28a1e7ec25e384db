import type { Request } from "./arguments.ts";
import type { Check, CheckResult } from "./check.ts";
import { runPool } from "./pool.ts";

/** How many of the checks that share the machine run at once: as many as the smallest machine has cores. */
const concurrency = 2;

export interface RunnerOptions {
  /** Where nobody looks at what was skipped, skipping is failing. */
  readonly isCi: boolean;
  readonly write: (text: string) => void;
}

/** The sums over all checks. */
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

/** Runs the selected checks, writes one line for each as it ends, and the whole output of those that fail. */
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

  const shared = request.selected.filter(({ alone }) => !alone);
  const alone = request.selected.filter((check) => check.alone);
  await runPool(shared.map(task), concurrency);
  await runPool(alone.map(task), 1);
  return { passed, failed, skipped };
}
