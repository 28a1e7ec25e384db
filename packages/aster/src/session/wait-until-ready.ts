import type { Clock } from "../clock.ts";
import type { Session } from "./session.ts";

/** Waits until the session is ready. Returns false if it is not within the time, or nothing connects. */
export async function waitUntilReady(
  session: Pick<Session, "whenReady" | "status">,
  clock: Clock,
  timeoutMs: number,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  signal?.throwIfAborted();
  if (session.status === "idle") return false;
  const { promise, resolve, reject } = Promise.withResolvers<boolean>();
  const timer = clock.setTimeout(() => resolve(false), timeoutMs);
  const abort = (): void => reject(signal?.reason);
  signal?.addEventListener("abort", abort, { once: true });
  session.whenReady().then(() => resolve(true), reject);
  try {
    return await promise;
  } finally {
    clock.clearTimeout(timer);
    signal?.removeEventListener("abort", abort);
  }
}
