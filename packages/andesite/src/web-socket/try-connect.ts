import { platform } from "#platform";
import { InvalidTypeError, OutOfRangeError } from "../errors.ts";
import { defaultSocketOptions, type SocketOptions, type WebSocketLike } from "./socket.ts";

/** An open socket, or why there is none. */
export type Attempt =
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
  return (await attempt(readWebSocketUri(uri), options)).socket;
}

/** Like {@link tryConnect}, with the reason of a failure. */
export async function attempt(url: URL, options?: SocketOptions | null): Promise<Attempt> {
  const maxMessageBytes = options?.maxMessageBytes ?? defaultSocketOptions.maxMessageBytes;
  const timeoutMs = options?.timeoutMs ?? defaultSocketOptions.timeoutMs;
  if (!(maxMessageBytes >= 1)) throw new OutOfRangeError("maxMessageBytes", "1 or more");
  if (!(timeoutMs >= 1)) throw new OutOfRangeError("timeoutMs", "1 or more");
  const { signal } = options ?? {};
  signal?.throwIfAborted();
  // Not a clock's timer: how long a handshake takes is a matter of the real network.
  const timeout = AbortSignal.timeout(Math.ceil(timeoutMs));
  const opening = platform.open({
    url,
    headers: options?.headers ?? {},
    protocols: options?.protocols ?? [],
    ca: options?.ca ?? null,
    maxMessageBytes,
    signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
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
