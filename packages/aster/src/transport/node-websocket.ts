import { WebSocket } from "ws";
import { toConnectError } from "./connect-error.ts";
import { openSocket } from "./socket.ts";
import type { OpenTransport } from "./transport.ts";
import { webSocketUrl } from "./websocket-url.ts";

/** Opens a WebSocket connection from Node, with the same certificate checks as for lines. */
export const openNodeWebSocket: OpenTransport = async (target, events, signal) => {
  const socket = await openSocket(target, signal);
  // The socket is connected and verified before the first byte of the upgrade is sent, hence no TLS here.
  const webSocket = new WebSocket(webSocketUrl({ ...target, tls: false }), {
    createConnection: () => socket,
    perMessageDeflate: false,
    maxPayload: target.packetBytes,
  });
  return await new Promise((resolve, reject) => {
    let failure: Error | undefined;
    let isOpen = false;
    let firstBytes: Uint8Array | undefined;
    socket.once("data", (bytes: Uint8Array) => {
      firstBytes = bytes;
    });
    const abort = (): void => webSocket.terminate();
    signal.addEventListener("abort", abort, { once: true });
    webSocket.on("error", (error) => {
      failure ??= error;
      // `ws` would wait 30 seconds for the close frame of a server that violates the protocol.
      if (isOpen) webSocket.terminate();
    });
    webSocket.on("open", () => {
      isOpen = true;
      signal.removeEventListener("abort", abort);
      resolve({
        get bytesReceived() {
          return socket.bytesRead;
        },
        send: (text) => {
          if (webSocket.readyState === WebSocket.OPEN) webSocket.send(text);
        },
        close: () => webSocket.close(),
        destroy: () => webSocket.terminate(),
      });
    });
    webSocket.on("message", (data, isBinary) => {
      if (!isBinary) events.received(String(data));
    });
    webSocket.on("close", () => {
      signal.removeEventListener("abort", abort);
      socket.destroy();
      if (isOpen) events.closed(failure);
      else if (signal.aborted) reject(signal.reason);
      else reject(toConnectError(failure ?? new Error("socket hang up"), target, firstBytes));
    });
  });
};
