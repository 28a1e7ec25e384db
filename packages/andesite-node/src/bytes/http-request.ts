import { type IncomingMessage, request as requestHttp } from "node:http";
import { request as requestHttps } from "node:https";
import type { ByteLimits } from "./byte-limits.ts";
import type { Dialler } from "./dialler.ts";
import { ConnectionError, toTrackError } from "./http-errors.ts";
import { IcySocket, isPerhapsIcy } from "./icy-socket.ts";

/** What a request needs beside its URL. */
export interface RequestContext {
  readonly dialler: Dialler;
  readonly limits: ByteLimits;
  /** Ends waiting for the answer; the body belongs to the caller. */
  readonly signal: AbortSignal;
}

type Headers = Readonly<Record<string, string>>;

/**
 * Sends one GET request and waits for the headers of the answer. Answers that begin with `ICY`, as Shoutcast
 * servers of old send them, are read as HTTP/1.0.
 *
 * @throws TrackError when there is no answer; what the signal was aborted with.
 */
export async function get(url: URL, headers: Headers, context: RequestContext): Promise<IncomingMessage> {
  try {
    return await send(url, headers, context, false);
  } catch (error) {
    if (url.protocol === "http:" && isPerhapsIcy(error)) {
      // The parser has taken what came first, so only a new connection can be read in the other way.
      return await send(url, headers, context, true).catch((again) => fail(again, context.signal));
    }
    return fail(error, context.signal);
  }
}

function fail(error: unknown, signal: AbortSignal): never {
  signal.throwIfAborted();
  throw toTrackError(error);
}

function send(
  url: URL,
  headers: Headers,
  { dialler, limits, signal }: RequestContext,
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
  const give = (ms: number, what: string): NodeJS.Timeout =>
    setTimeout(() => request.destroy(new ConnectionError(what)), ms);
  let timer = give(limits.connectMs, "The server did not accept a connection in time.");
  const abort = (): void => void request.destroy(new ConnectionError("The request was given up."));
  signal.addEventListener("abort", abort, { once: true });
  const settle = (): void => {
    clearTimeout(timer);
    signal.removeEventListener("abort", abort);
  };
  request.on("socket", (socket) => {
    socket.once(isSecure ? "secureConnect" : "connect", () => {
      clearTimeout(timer);
      timer = give(limits.firstByteMs, "The server did not answer in time.");
    });
  });
  request.on("response", (response) => {
    settle();
    // Whoever reads learns of a broken connection by reading; unread, it must not end the process.
    response.on("error", () => {});
    resolve(response);
  });
  // Without a listener Node would drop the connection anyway, but without an error.
  request.on("upgrade", (_response, socket) => {
    settle();
    socket.destroy();
    reject(new ConnectionError("The server wants to speak something other than HTTP."));
  });
  request.on("error", (error) => {
    settle();
    reject(error);
  });
  request.end();
  return promise;
}

/** Without the brackets that an IPv6 address has in a URL. */
const hostOf = (url: URL): string => url.hostname.replace(/^\[(.*)\]$/, "$1");
