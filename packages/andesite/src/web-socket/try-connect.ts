import { platform } from "#platform";
import { Deadline } from "../deadline.ts";
import { InvalidTypeError, OutOfRangeError } from "../errors.ts";
import type { WebSocketLike } from "./socket.ts";
import { readSocketOptions, type SocketOptions } from "./socket-options.ts";

/** An open socket, or why there is none. */
export type ConnectAttempt =
  | { readonly socket: WebSocketLike; readonly failure: null }
  | { readonly socket: null; readonly failure: unknown };

/**
 * Tries once to connect.
 *
 * Rejects with what a retry cannot solve: an `InvalidTypeError` or `OutOfRangeError` for a wrong URI or option,
 * and the reason of the signal.
 *
 * @returns Null for what a retry may solve: a connection that is refused or lost, a name that is not known, a
 *   handshake that takes too long or is answered with another status.
 */
export async function tryConnect(
  uri: string | URL,
  options?: SocketOptions | null,
): Promise<WebSocketLike | null> {
  return (await attemptConnect(readWebSocketUri(uri), options)).socket;
}

/** Like {@link tryConnect}, with the reason of a failure. */
export async function attemptConnect(url: URL, options?: SocketOptions | null): Promise<ConnectAttempt> {
  const { maxMessageBytes, timeoutMs, headers, protocols, ca } = readSocketOptions("", options);
  const { signal } = options ?? {};
  signal?.throwIfAborted();
  // The platform's clock: how long a handshake takes is a matter of the real network.
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
    return { socket: null, failure };
  }
}

/** @throws InvalidTypeError, OutOfRangeError for what is no address of a WebSocket. */
export function readWebSocketUri(uri: string | URL, field = "uri"): URL {
  if (typeof uri !== "string" && !(uri instanceof URL)) throw new InvalidTypeError(field, "a string or URL");
  if (!URL.canParse(String(uri))) throw new OutOfRangeError(field, "a URL");
  const url = new URL(uri);
  if (url.protocol !== "ws:" && url.protocol !== "wss:") {
    throw new OutOfRangeError(field, "a URL with ws: or wss:");
  }
  if (url.username || url.password) throw new OutOfRangeError(field, "a URL without user and password");
  url.hash = "";
  return url;
}
