import type { DebugHook } from "@asterite/util";
import { platform } from "#platform";
import { requireFunction } from "./checks.ts";

export type { DebugEntry, DebugHook } from "@asterite/util";

/** Option of every client and pool. */
export interface DebugOptions {
  /**
   * Receives an entry for each attempt to connect, packet, request, retry, move of a guild and score, with its
   * reason; without passwords, and without the contents of packets. An error that it throws is a warning of
   * the platform. Default: none, at no cost.
   */
  readonly debug?: DebugHook | null | undefined;
}

/**
 * Returns the hook of the option `debug`, which never throws; null for none.
 *
 * @throws InvalidTypeError naming the option.
 */
export function readDebug(options: DebugOptions | null | undefined): DebugHook | null {
  const hook = options?.debug ?? null;
  if (hook === null) return null;
  requireFunction("debug", hook);
  return (entry) => {
    try {
      hook(entry);
    } catch (error) {
      reportFailure("the hook debug", error);
    }
  };
}

/** Reports an error that has no receiver as a warning of the platform, with its stack. */
export const reportFailure = (what: string, cause: unknown): void =>
  platform.reportUnhandled(new Error(`${what} failed: ${cause}`, { cause }));
