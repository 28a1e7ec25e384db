import { maxTimerMs } from "@asterite/util";

/** Returns whether a number is a time limit in ms: up to the longest timer, or infinite for no limit. */
export const isTimeout = (ms: number): boolean =>
  (ms >= 0 && ms <= maxTimerMs) || ms === Number.POSITIVE_INFINITY;

/** Range of {@link isTimeout}, for error messages. */
export const timeoutRange = `a number from 0 to ${maxTimerMs}, or Infinity`;
