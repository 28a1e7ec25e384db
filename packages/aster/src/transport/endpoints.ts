import type { Clock } from "../clock.ts";
import { AsterError } from "../errors.ts";
import type { OpenTransport, Target, Transport, TransportEvents } from "./transport.ts";

/** One of several addresses under which the same server is reached. */
export interface Endpoint {
  /** Host name or address. */
  readonly host: string;
  /** TCP port, from 1 to 65535. */
  readonly port: number;
}

/**
 * Opens connections to whichever of several endpoints answers. It begins behind the one that was used last, since
 * that connection is the one that was lost, and goes round once; every endpoint gets its share of the time. What
 * shows an untrusted certificate ends the round, because that is no failure to be worked around.
 */
export function openFirstReachable(
  open: OpenTransport,
  endpoints: readonly Endpoint[],
  connectTimeoutMs: number,
  clock: Clock,
): OpenTransport {
  let next = 0;
  return async (target, events, signal) => {
    const failures: unknown[] = [];
    const first = next;
    for (let offset = 0; offset < endpoints.length; offset++) {
      signal.throwIfAborted();
      const index = (first + offset) % endpoints.length;
      try {
        const transport = await openWithTimeout(open, { ...target, ...endpoints[index] }, events, {
          signal,
          clock,
          timeoutMs: connectTimeoutMs / endpoints.length,
        });
        next = (index + 1) % endpoints.length;
        return transport;
      } catch (error) {
        if (error instanceof AsterError && error.code === "CERTIFICATE_UNTRUSTED") throw error;
        failures.push(error);
      }
    }
    signal.throwIfAborted();
    throw failures.length === 1
      ? failures[0]
      : new Error(failures.map(textOf).join("; "), { cause: failures[0] });
  };
}

const textOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

interface Attempt {
  readonly signal: AbortSignal;
  readonly clock: Clock;
  readonly timeoutMs: number;
}

async function openWithTimeout(
  open: OpenTransport,
  target: Target,
  events: TransportEvents,
  { signal, clock, timeoutMs }: Attempt,
): Promise<Transport> {
  const abort = new AbortController();
  const end = (): void => abort.abort(signal.reason);
  signal.addEventListener("abort", end);
  const timer = clock.setTimeout(() => {
    abort.abort(new Error(`no connection to ${target.host}:${target.port} within ${timeoutMs} ms`));
  }, timeoutMs);
  let isOpen = false;
  let ending: { readonly error: Error | undefined } | undefined;
  try {
    const transport = await open(
      target,
      {
        received: (text) => events.received(text),
        // What ends before it was open concerns this endpoint alone.
        closed: (error) => {
          if (isOpen) events.closed(error);
          else ending = { error };
        },
      },
      abort.signal,
    );
    isOpen = true;
    if (ending) events.closed(ending.error);
    return transport;
  } finally {
    clock.clearTimeout(timer);
    signal.removeEventListener("abort", end);
  }
}
