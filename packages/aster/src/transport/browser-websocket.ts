import { AsterError, argumentError } from "../errors.ts";
import type { OpenTransport, Target } from "./transport.ts";
import { webSocketUrl } from "./websocket-url.ts";

/** A browser reports no cause of a failed handshake, so that pages cannot probe the network. */
const connectError = (target: Target, cause: Error | undefined): AsterError => {
  const tls = target.tls === false ? "" : ", its certificate is not trusted";
  const text = `cannot connect to ${webSocketUrl(target)}: the server is unreachable${tls}, or it is no Aster server`;
  return new AsterError("CONNECT_FAILED", text, { server: `${target.host}:${target.port}`, cause });
};

/** Opens a WebSocket connection in a browser, which alone verifies the certificate. */
export const openBrowserWebSocket: OpenTransport = (target, events, signal) => {
  signal.throwIfAborted();
  if (target.framing !== "websocket") {
    throw argumentError("framing", target.framing, "websocket in a browser");
  }
  const webSocket = new WebSocket(webSocketUrl(target));
  return new Promise((resolve, reject) => {
    let isOpen = false;
    let isClosed = false;
    let failure: Error | undefined;
    const abort = (): void => webSocket.close();
    const handleClose = (error: Error | undefined): void => {
      if (isClosed) return;
      isClosed = true;
      signal.removeEventListener("abort", abort);
      if (isOpen) events.closed(failure ?? error);
      else if (signal.aborted) reject(signal.reason);
      else reject(connectError(target, error));
    };
    const destroy = (): void => {
      webSocket.close();
      // A browser waits up to a minute for the close frame of the peer.
      handleClose(undefined);
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
      const text = `packet exceeds ${target.packetBytes} bytes`;
      failure = new AsterError("PROTOCOL_VIOLATION", text);
      destroy();
    });
    webSocket.addEventListener("close", ({ code, reason }) =>
      handleClose(code === 1000 ? undefined : new Error(`WebSocket closed with ${code} ${reason}`.trimEnd())),
    );
  });
};
