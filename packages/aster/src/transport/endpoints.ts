import type { Clock } from "../clock.ts";
import { type Debug, messageOf } from "../debug.ts";
import { AsterError } from "../errors.ts";
import { connectPrefix } from "./connect-error.ts";
import type { OpenTransport, Target, Transport, TransportEvents } from "./transport.ts";

/** One of several addresses of the same server. */
export interface Endpoint {
  /** Host name or address. */
  readonly host: string;
  /** TCP port, from 1 to 65535. */
  readonly port: number;
}

/**
 * Returns an opener that connects to the first reachable endpoint. Each call starts after the endpoint used
 * last, since its connection is the one that was lost, and tries every endpoint once with an equal share of
 * the time. An untrusted certificate ends the call with its error: failing over would hide an attack.
 */
export function openFirstReachable(
  open: OpenTransport,
  endpoints: readonly Endpoint[],
  connectTimeoutMs: number,
  clock: Clock,
  debug?: Debug,
): OpenTransport {
  let next = 0;
  return async (target, events, signal) => {
    const failures: unknown[] = [];
    const first = next;
    for (let offset = 0; offset < endpoints.length; offset++) {
      signal.throwIfAborted();
      const index = (first + offset) % endpoints.length;
      debug?.("socket", "endpoint-chosen", { ...endpoints[index] });
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
        debug?.("socket", "endpoint-failed", { ...endpoints[index], error: messageOf(error) });
        failures.push(error);
      }
    }
    signal.throwIfAborted();
    throw failures.length === 1
      ? failures[0]
      : // The caller adds to all what each would repeat.
        new Error(failures.map((error) => messageOf(error).replace(connectPrefix, "")).join("; "), {
          cause: failures[0],
        });
  };
}

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
  const forwardAbort = (): void => abort.abort(signal.reason);
  signal.addEventListener("abort", forwardAbort);
  const timer = clock.setTimeout(() => {
    abort.abort(new Error(`connection to ${target.host}:${target.port} timed out after ${timeoutMs} ms`));
  }, timeoutMs);
  let isOpen = false;
  let earlyClose: { readonly error: Error | undefined } | undefined;
  try {
    const transport = await open(
      target,
      {
        received: (text) => events.received(text),
        // A connection that closes before it is open fails only this endpoint.
        closed: (error) => {
          if (isOpen) events.closed(error);
          else earlyClose = { error };
        },
      },
      abort.signal,
    );
    isOpen = true;
    if (earlyClose) events.closed(earlyClose.error);
    return transport;
  } finally {
    clock.clearTimeout(timer);
    signal.removeEventListener("abort", forwardAbort);
  }
}
