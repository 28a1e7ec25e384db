import tls from "node:tls";
import { WebSocket } from "ws";
import { closesSilently, explainFailure, NeedsTlsError } from "./network-failure.ts";
import { completesTlsHandshake } from "./tls-probe.ts";
import { addressOf } from "./web-socket/address.ts";
import type { OpenRequest, Platform, SocketListener, WebSocketLike } from "./web-socket/socket.ts";
import { unexpectedResponse } from "./web-socket/unexpected-response.ts";

/** Whether the handshake of a WebSocket can have custom headers. */
export const sendsHeaders: boolean = true;

/** Platform of Node.js: sockets with custom headers and ping frames. */
export const platform: Platform = {
  explainFailure,
  reportUnhandled(error) {
    // Node prints `detail`, but not the stack.
    const { stack } = error.cause instanceof Error ? error.cause : error;
    process.emitWarning(Object.assign(error, { detail: stack }));
  },
  open({ url, headers, protocols, ca, maxMessageBytes, signal }: OpenRequest): Promise<WebSocketLike> {
    const webSocket = new WebSocket(url, [...protocols], {
      headers: { ...headers },
      perMessageDeflate: false,
      maxPayload: maxMessageBytes,
      ...(ca !== null && { ca: [...authorities(), ca] }),
    });
    return new Promise((resolve, reject) => {
      let failure: Error | undefined;
      let responseHeaders: Readonly<Record<string, string | string[] | undefined>> = {};
      const abort = () => webSocket.terminate();
      signal.addEventListener("abort", abort, { once: true });
      if (signal.aborted) abort();
      webSocket.on("error", (error) => {
        failure ??= error;
      });
      webSocket.once("unexpected-response", (_request, { statusCode = 0, headers: received }) => {
        const isAndesite = Object.keys(received).some((name) => name.startsWith("andesite-"));
        failure ??= unexpectedResponse(addressOf(url), statusCode, isAndesite);
        webSocket.terminate();
      });
      webSocket.once("upgrade", (response) => {
        responseHeaders = response.headers;
      });
      webSocket.once("open", () => {
        signal.removeEventListener("abort", abort);
        // Paused until a listener is set, so that the first messages are not lost.
        webSocket.pause();
        webSocket.off("close", handleClose);
        resolve(wrap(webSocket, responseHeaders));
      });
      const failed = async () => {
        const isSilent = url.protocol === "ws:" && failure !== undefined && closesSilently(failure);
        if (isSilent && (await completesTlsHandshake(url, signal))) failure = new NeedsTlsError();
        signal.removeEventListener("abort", abort);
        reject(signal.aborted ? signal.reason : (failure ?? new Error("closed during the handshake")));
      };
      const handleClose = () => void failed();
      webSocket.once("close", handleClose);
    });
  },
};

/** Returns the certificate authorities of the platform, to which others are added. */
function authorities(): readonly string[] {
  // Absent before Node 22.15.
  const { getCACertificates } = tls as Partial<typeof tls>;
  return getCACertificates?.("default") ?? tls.rootCertificates;
}

function wrap(
  webSocket: WebSocket,
  headers: Readonly<Record<string, string | string[] | undefined>>,
): WebSocketLike {
  const ended = Promise.withResolvers<{ readonly code: number; readonly reason: string }>();
  // Registered now, because the socket may end before a listener is set.
  webSocket.once("close", (code, reason) => ended.resolve({ code, reason: reason.toString() }));
  return {
    get open() {
      return webSocket.readyState === WebSocket.OPEN;
    },
    get bufferedBytes() {
      return webSocket.bufferedAmount;
    },
    header(name) {
      const value = headers[name.toLowerCase()];
      return (Array.isArray(value) ? value[0] : value) ?? null;
    },
    listen(listener: SocketListener) {
      webSocket.on("message", (data) => listener.message(String(data)));
      webSocket.on("pong", () => listener.pong());
      void ended.promise.then(({ code, reason }) => listener.close(code, reason));
      webSocket.resume();
    },
    send: (text, done) => webSocket.send(text, (error) => done(error ?? undefined)),
    ping() {
      if (webSocket.readyState === WebSocket.OPEN) webSocket.ping();
      return true;
    },
    close: (code, reason) => webSocket.close(code, reason),
    terminate: () => webSocket.terminate(),
  };
}
