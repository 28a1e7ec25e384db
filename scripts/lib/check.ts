/** Options of a run of the checks. */
export interface CheckOptions {
  /** Whether tests named `*.long.test.ts` run too. */
  readonly long: boolean;
  /** Arguments for the test runner: files to select and its options. */
  readonly testArguments: readonly string[];
}

/** Result of a check. */
export interface CheckResult {
  readonly passed: number;
  readonly failed: number;
  /** Names of skipped tests. */
  readonly skipped: readonly string[];
  /** Printed in full on a failure. */
  readonly output: string;
  /** Short addition to the check's line, such as a count. */
  readonly note?: string;
}

/** A check of `npm test`. */
export interface Check {
  readonly name: string;
  /** One line for `npm test -- --help`. */
  readonly describe: string;
  /** Whether it runs without other checks beside it. */
  readonly isExclusive?: boolean;
  /** Runs the check; an error is a failure with the error's text. */
  run(options: CheckOptions): Promise<CheckResult>;
}

/** Returns the result of a check that counts as one test and fails if there are findings. */
export function verdict(findings: string | readonly string[], note?: string): CheckResult {
  const output = typeof findings === "string" ? findings : findings.join("\n");
  const failed = output.trim() === "" ? 0 : 1;
  return { passed: 1 - failed, failed, skipped: [], output, ...(note === undefined ? {} : { note }) };
}
