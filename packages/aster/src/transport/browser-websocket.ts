import { argumentError } from "../errors.ts";
import type { OpenTransport } from "./transport.ts";
import { webSocketUrl } from "./websocket-url.ts";

/** Opens a WebSocket connection with what the platform brings; it alone decides which certificates are good. */
export const openBrowserWebSocket: OpenTransport = (target, events, signal) => {
  signal.throwIfAborted();
  if (target.framing !== "websocket")
    throw argumentError("framing", target.framing, "websocket in a browser");
  const webSocket = new WebSocket(webSocketUrl(target));
  return new Promise((resolve, reject) => {
    let isOpen = false;
    const abort = (): void => webSocket.close();
    signal.addEventListener("abort", abort, { once: true });
    webSocket.addEventListener("open", () => {
      isOpen = true;
      signal.removeEventListener("abort", abort);
      resolve({
        send: (text) => {
          if (webSocket.readyState === WebSocket.OPEN) webSocket.send(text);
        },
        close: () => webSocket.close(),
      });
    });
    webSocket.addEventListener("message", ({ data }) => {
      if (typeof data === "string") events.received(data);
    });
    webSocket.addEventListener("close", ({ code, reason }) => {
      signal.removeEventListener("abort", abort);
      const failure =
        code === 1000 ? undefined : new Error(`WebSocket closed with ${code} ${reason}`.trimEnd());
      if (isOpen) events.closed(failure);
      else reject(signal.aborted ? signal.reason : (failure ?? new Error("closed during the handshake")));
    });
  });
};
