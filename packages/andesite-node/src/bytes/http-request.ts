import { type IncomingMessage, request as requestHttp } from "node:http";
import { request as requestHttps } from "node:https";
import type { ByteLimits } from "./byte-limits.ts";
import type { Dialler } from "./dialler.ts";
import { ConnectionError, toTrackError } from "./http-errors.ts";
import { IcySocket, isPossiblyIcy } from "./icy-socket.ts";

/** Options of {@link sendGet}. */
export interface HttpRequestOptions {
  readonly dialler: Dialler;
  readonly limits: ByteLimits;
  /** Cancels the request until the response headers have arrived; after that the caller owns the body. */
  readonly signal: AbortSignal;
}

type Headers = Readonly<Record<string, string>>;

/**
 * Sends a GET request and waits for the response headers. Responses of old Shoutcast servers, whose status
 * line begins with `ICY`, are read as HTTP/1.0.
 *
 * @throws TrackError when there is no response; the signal's reason when it aborts.
 */
export async function sendGet(
  url: URL,
  headers: Headers,
  options: HttpRequestOptions,
): Promise<IncomingMessage> {
  try {
    return await send(url, headers, options, false);
  } catch (error) {
    if (url.protocol === "http:" && isPossiblyIcy(error)) {
      // The parser has consumed the start of the response, so the request is repeated on a new connection.
      return await send(url, headers, options, true).catch((retryError) => fail(retryError, options.signal));
    }
    return fail(error, options.signal);
  }
}

function fail(error: unknown, signal: AbortSignal): never {
  signal.throwIfAborted();
  throw toTrackError(error);
}

function send(
  url: URL,
  headers: Headers,
  { dialler, limits, signal }: HttpRequestOptions,
  isIcy: boolean,
): Promise<IncomingMessage> {
  signal.throwIfAborted();
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const isSecure = url.protocol === "https:";
  const options = { headers, maxHeaderSize: limits.headerBytes };
  const request = isSecure
    ? requestHttps(url, { ...options, agent: dialler.httpsAgent })
    : requestHttp(url, {
        ...options,
        ...(isIcy
          ? { createConnection: () => new IcySocket(dialler.connect(hostOf(url), Number(url.port || 80))) }
          : { agent: dialler.httpAgent }),
      });
  const startTimeout = (ms: number, message: string): NodeJS.Timeout =>
    setTimeout(() => request.destroy(new ConnectionError(message)), ms);
  let timer = startTimeout(limits.connectMs, "The server did not accept a connection in time.");
  const abort = (): void => void request.destroy(new ConnectionError("The request was cancelled."));
  signal.addEventListener("abort", abort, { once: true });
  const settle = (): void => {
    clearTimeout(timer);
    signal.removeEventListener("abort", abort);
  };
  request.on("socket", (socket) => {
    socket.once(isSecure ? "secureConnect" : "connect", () => {
      clearTimeout(timer);
      timer = startTimeout(limits.firstByteMs, "The server did not answer in time.");
    });
  });
  request.on("response", (response) => {
    settle();
    // A reader gets the error of a broken connection from the read; without a reader the event would end the
    // process.
    response.on("error", () => {});
    resolve(response);
  });
  // Without a listener Node closes the connection without an error.
  request.on("upgrade", (_response, socket) => {
    settle();
    socket.destroy();
    reject(new ConnectionError("The server requested a protocol other than HTTP."));
  });
  request.on("error", (error) => {
    settle();
    reject(error);
  });
  request.end();
  return promise;
}

/** Returns the host of a URL, IPv6 addresses without brackets. */
const hostOf = (url: URL): string => url.hostname.replace(/^\[(.*)\]$/, "$1");
