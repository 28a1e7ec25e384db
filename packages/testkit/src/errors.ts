/** What went wrong, for a test that expects it; the message says the rest. */
export type TestkitErrorCode =
  | "bad-option"
  | "bad-packet"
  | "connection-closed"
  | "connection-failed"
  | "process-ended"
  | "process-not-started"
  | "timeout";

/** Every error that the kit itself raises. */
export class TestkitError extends Error {
  override readonly name = "TestkitError";
  readonly code: TestkitErrorCode;

  constructor(code: TestkitErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** The longest delay that Node's timers keep; they turn anything above into 1 ms. */
export const maxDelayMs = 2 ** 31 - 1;

/** @throws TestkitError `bad-option` for anything but a number from `least` to `most`. */
export function checkRange(field: string, value: number, least: number, most: number): void {
  if (typeof value === "number" && value >= least && value <= most) return;
  throw new TestkitError("bad-option", `${field}: ${value} is not a number from ${least} to ${most}`);
}
