/** What the command line asks of the checks. */
export interface CheckOptions {
  /** Whether tests named `*.long.test.ts` run too. */
  readonly long: boolean;
  /** Arguments for the test runner: files to select and its options. */
  readonly testArguments: readonly string[];
}

/** What a check found. */
export interface CheckResult {
  readonly passed: number;
  readonly failed: number;
  /** Names of what was skipped. */
  readonly skipped: readonly string[];
  /** Shown in full when something failed. */
  readonly output: string;
  /** A few words for the check's line, such as what was counted. */
  readonly note?: string;
}

/** One thing that `npm test` looks after. */
export interface Check {
  readonly name: string;
  /** One line for `npm test -- --help`. */
  readonly describe: string;
  /** Whether it wants the machine for itself. */
  readonly alone?: boolean;
  /** May throw: that is a failure with the error's text. */
  run(options: CheckOptions): Promise<CheckResult>;
}

/** The result of a check that counts as one test: it failed if there is anything to say. */
export function verdict(findings: string | readonly string[], note?: string): CheckResult {
  const output = typeof findings === "string" ? findings : findings.join("\n");
  const failed = output.trim() === "" ? 0 : 1;
  return { passed: 1 - failed, failed, skipped: [], output, ...(note === undefined ? {} : { note }) };
}
