import type { OpenRequest, Platform, SocketListener, WebSocketLike } from "./web-socket/socket.ts";

/** What browsers bring; the types of Node.js have it as well. */
const { WebSocket } = globalThis;

/** Browsers: sockets without headers and pings. */
export const platform: Platform = {
  sendsHeaders: false,
  open({ url, protocols, signal }: OpenRequest): Promise<WebSocketLike> {
    const webSocket = new WebSocket(url, [...protocols]);
    return new Promise((resolve, reject) => {
      let listener: SocketListener | null = null;
      const early: ((listener: SocketListener) => void)[] = [];
      const deliver = (tell: (listener: SocketListener) => void) => {
        if (listener) tell(listener);
        else early.push(tell);
      };
      const abort = () => {
        webSocket.close();
        reject(signal.reason);
      };
      signal.addEventListener("abort", abort, { once: true });
      if (signal.aborted) abort();
      webSocket.addEventListener("message", ({ data }) => {
        if (typeof data === "string") deliver((to) => to.message(data));
      });
      webSocket.addEventListener("close", ({ code, reason }) => {
        signal.removeEventListener("abort", abort);
        // Has no effect once the promise is settled.
        reject(new Error(`closed during the handshake with code ${code}`));
        deliver((to) => to.close(code, reason));
      });
      webSocket.addEventListener("open", () => {
        signal.removeEventListener("abort", abort);
        resolve(
          wrap(webSocket, (to) => {
            listener = to;
            for (const tell of early.splice(0)) tell(to);
          }),
        );
      });
    });
  },
};

function wrap(webSocket: WebSocket, listen: (listener: SocketListener) => void): WebSocketLike {
  return {
    get open() {
      return webSocket.readyState === WebSocket.OPEN;
    },
    get bufferedBytes() {
      return webSocket.bufferedAmount;
    },
    header: () => null,
    listen,
    send(text, done) {
      if (webSocket.readyState !== WebSocket.OPEN) {
        queueMicrotask(() => done(new Error("the socket is not open")));
        return;
      }
      webSocket.send(text);
      queueMicrotask(done);
    },
    ping: () => false,
    close: (code, reason) => webSocket.close(code, reason),
    terminate: () => webSocket.close(),
  };
}
