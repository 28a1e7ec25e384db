import { AsterError, argumentError } from "../errors.ts";
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
    let isClosed = false;
    let failure: Error | undefined;
    const abort = (): void => webSocket.close();
    /** A browser waits for the other side's goodbye for a minute; whoever destroys does not want to. */
    const closed = (error: Error | undefined): void => {
      if (isClosed) return;
      isClosed = true;
      signal.removeEventListener("abort", abort);
      if (isOpen) events.closed(failure ?? error);
      else reject(signal.aborted ? signal.reason : (error ?? new Error("closed during the handshake")));
    };
    const destroy = (): void => {
      webSocket.close();
      closed(undefined);
    };
    signal.addEventListener("abort", abort, { once: true });
    webSocket.addEventListener("open", () => {
      isOpen = true;
      signal.removeEventListener("abort", abort);
      resolve({
        bytesReceived: 0,
        send: (text) => {
          if (webSocket.readyState === WebSocket.OPEN) webSocket.send(text);
        },
        close: () => webSocket.close(),
        destroy,
      });
    });
    webSocket.addEventListener("message", ({ data }) => {
      if (typeof data !== "string" || isClosed) return;
      if (data.length <= target.packetBytes) {
        events.received(data);
        return;
      }
      const text = `a packet is longer than ${target.packetBytes} bytes`;
      failure = new AsterError("PROTOCOL_VIOLATION", text);
      destroy();
    });
    webSocket.addEventListener("close", ({ code, reason }) =>
      closed(code === 1000 ? undefined : new Error(`WebSocket closed with ${code} ${reason}`.trimEnd())),
    );
  });
};
