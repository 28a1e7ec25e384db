import { TLSSocket } from "node:tls";
import { WebSocket } from "ws";
import type { OpenTransport } from "./transport.ts";
import { checkTrust, tlsOptions } from "./trust.ts";
import { webSocketUrl } from "./websocket-url.ts";

/** Opens a WebSocket connection from Node, with the same choices of trust as for lines. */
export const openNodeWebSocket: OpenTransport = (target, events, signal) => {
  signal.throwIfAborted();
  const webSocket = new WebSocket(webSocketUrl(target), {
    ...(target.tls && tlsOptions(target)),
    perMessageDeflate: false,
    maxPayload: target.packetBytes,
  });
  return new Promise((resolve, reject) => {
    let failure: Error | undefined;
    let isOpen = false;
    const abort = (): void => webSocket.terminate();
    signal.addEventListener("abort", abort, { once: true });
    webSocket.on("error", (error) => {
      failure ??= error;
    });
    // Nothing secret has been sent when the upgrade is answered.
    webSocket.on("upgrade", ({ socket }) => {
      try {
        if (socket instanceof TLSSocket) checkTrust(socket, target);
      } catch (error) {
        failure = error instanceof Error ? error : new Error(String(error));
        webSocket.terminate();
      }
    });
    webSocket.on("open", () => {
      if (failure) return;
      isOpen = true;
      signal.removeEventListener("abort", abort);
      resolve({
        send: (text) => {
          if (webSocket.readyState === WebSocket.OPEN) webSocket.send(text);
        },
        close: () => webSocket.close(),
      });
    });
    webSocket.on("message", (data, isBinary) => {
      if (!isBinary) events.received(String(data));
    });
    webSocket.on("close", () => {
      signal.removeEventListener("abort", abort);
      if (isOpen) events.closed(failure);
      else reject(signal.aborted ? signal.reason : (failure ?? new Error("closed during the handshake")));
    });
  });
};
