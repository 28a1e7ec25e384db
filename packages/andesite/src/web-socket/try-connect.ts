import { platform } from "#platform";
import { readUri } from "../checks.ts";
import { Deadline } from "../deadline.ts";
import { addressOf } from "./address.ts";
import { toConnectionError } from "./connect-failure.ts";
import type { WebSocketLike } from "./socket.ts";
import { readSocketOptions, type SocketOptions } from "./socket-options.ts";

/** Result of one attempt to connect: an open socket, or the failure. */
export type ConnectAttempt =
  | { readonly socket: WebSocketLike; readonly failure: null }
  | { readonly socket: null; readonly failure: unknown };

/**
 * Makes one attempt to open a WebSocket.
 *
 * Rejects with errors that a retry cannot fix: an `InvalidTypeError` or `OutOfRangeError` for an invalid
 * URI or option, and the reason of the signal.
 *
 * @returns The socket; null after a failure that a retry may fix: connection refused or lost, host name not
 *   found, handshake timed out or rejected with a status other than 101.
 */
export async function tryConnect(
  uri: string | URL,
  options?: SocketOptions | null,
): Promise<WebSocketLike | null> {
  return (await attemptConnect(readWebSocketUri(uri), options)).socket;
}

/** Like {@link tryConnect}, but returns the failure. */
export async function attemptConnect(url: URL, options?: SocketOptions | null): Promise<ConnectAttempt> {
  const { maxMessageBytes, timeoutMs, headers, protocols, ca } = readSocketOptions("", options);
  const { signal } = options ?? {};
  signal?.throwIfAborted();
  // The system clock, not the client's: the handshake runs on the real network.
  using deadline = new Deadline([signal], timeoutMs);
  const opening = platform.open({
    url,
    headers,
    protocols,
    ca,
    maxMessageBytes,
    signal: deadline.signal,
  });
  try {
    return { socket: await opening, failure: null };
  } catch (failure) {
    signal?.throwIfAborted();
    return { socket: null, failure: toConnectionError(addressOf(url), failure) };
  }
}

/**
 * Parses the address of a WebSocket.
 *
 * @throws InvalidTypeError, OutOfRangeError naming the field.
 */
export const readWebSocketUri = (uri: string | URL, field = "uri"): URL =>
  readUri(field, uri, ["ws:", "wss:"]);
