import type { Clock } from "../clock.ts";
import { AsterError } from "../errors.ts";

/** Time between two packets. Servers forward at most one in 3 seconds, and clients show one for longer. */
const intervalMs = 4000;

/** Collaborators of {@link keepTyping}. */
interface TypingContext {
  /** Sends one typing packet. */
  readonly send: () => Promise<void>;
  readonly clock: Clock;
  readonly report: (error: unknown) => void;
}

/**
 * Keeps a typing indicator up until the returned function is called. Without a connection it goes on as soon
 * as there is one; a refusal ends it and is reported.
 */
export function keepTyping({ send, clock, report }: TypingContext): () => void {
  let isStopped = false;
  let timer: unknown;
  const repeat = async (): Promise<void> => {
    try {
      await send();
    } catch (error) {
      const isPassing =
        error instanceof AsterError && (error.code === "CONNECTION_LOST" || error.code === "TIMED_OUT");
      if (!isPassing) {
        if (!isStopped) report(error);
        return;
      }
    }
    if (!isStopped) timer = clock.setTimeout(() => void repeat(), intervalMs);
  };
  void repeat();
  return () => {
    isStopped = true;
    clock.clearTimeout(timer);
  };
}
