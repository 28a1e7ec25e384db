import { maxTimerMs } from "@asterite/util";

/** Stable code of a {@link TestkitError}. */
export type TestkitErrorCode =
  | "BAD_OPTION"
  | "BAD_PACKET"
  | "CONNECTION_CLOSED"
  | "CONNECTION_FAILED"
  | "PROCESS_ENDED"
  | "PROCESS_NOT_STARTED"
  | "TIMEOUT";

/** Error raised by the test kit itself. */
export class TestkitError extends Error {
  override readonly name = "TestkitError";
  readonly code: TestkitErrorCode;

  constructor(code: TestkitErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** Longest delay of Node's timers, which turn larger ones into 1 ms. */
export const maxDelayMs: number = maxTimerMs;

/**
 * Checks a numeric option.
 *
 * @throws TestkitError `BAD_OPTION` unless the value is a number from `min` to `max`.
 */
export function checkRange(field: string, value: number, min: number, max: number): void {
  if (typeof value === "number" && value >= min && value <= max) return;
  throw new TestkitError("BAD_OPTION", `${field}: ${value} is not a number from ${min} to ${max}`);
}
