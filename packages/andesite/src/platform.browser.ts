import type { OpenRequest, Platform, SocketListener, WebSocketLike } from "./web-socket/socket.ts";

/** The browser's WebSocket, which the types of Node.js declare as well. */
const { WebSocket } = globalThis;

/** Close code of a connection that ended without a close frame (RFC 6455, section 7.4.1). */
const abnormalClosure = 1_006;

/** Whether the handshake of a WebSocket can have custom headers. */
export const sendsHeaders: boolean = false;

/** Platform of browsers: sockets without custom headers and ping frames. */
export const platform: Platform = {
  reportUnhandled: (error) => (globalThis as { reportError?: (error: Error) => void }).reportError?.(error),
  // Browsers hide the cause from the page.
  explainFailure: (failure) => ({
    reason: failure instanceof Error ? failure.message : String(failure),
    fault: null,
  }),
  open({ url, protocols, maxMessageBytes, signal }: OpenRequest): Promise<WebSocketLike> {
    const webSocket = new WebSocket(url, [...protocols]);
    const socket = new BrowserSocket(webSocket, maxMessageBytes);
    return new Promise((resolve, reject) => {
      const abort = () => {
        webSocket.close();
        reject(signal.reason);
      };
      signal.addEventListener("abort", abort, { once: true });
      if (signal.aborted) abort();
      webSocket.addEventListener("close", ({ code }) => {
        signal.removeEventListener("abort", abort);
        // Has no effect once the promise is settled.
        reject(new Error(`closed during the handshake with code ${code}`));
      });
      webSocket.addEventListener("open", () => {
        signal.removeEventListener("abort", abort);
        resolve(socket);
      });
    });
  },
};

class BrowserSocket implements WebSocketLike {
  readonly #webSocket: WebSocket;
  #listener: SocketListener | null = null;
  #early: ((listener: SocketListener) => void)[] = [];
  #ended = false;

  constructor(webSocket: WebSocket, maxMessageBytes: number) {
    this.#webSocket = webSocket;
    webSocket.addEventListener("message", ({ data }) => {
      if (this.#ended || typeof data !== "string") return;
      // A character has at least one byte. Browsers have no limit that applies before the message is
      // received.
      if (data.length > maxMessageBytes) this.terminate();
      else this.#deliver((listener) => listener.message(data));
    });
    webSocket.addEventListener("close", ({ code, reason }) => this.#end(code, reason));
  }

  get open(): boolean {
    return !this.#ended && this.#webSocket.readyState === WebSocket.OPEN;
  }

  get bufferedBytes(): number {
    return this.#webSocket.bufferedAmount;
  }

  header(): null {
    return null;
  }

  listen(listener: SocketListener): void {
    this.#listener = listener;
    for (const deliver of this.#early.splice(0)) deliver(listener);
  }

  send(text: string, done: (error?: Error) => void): void {
    if (!this.open) {
      queueMicrotask(() => done(new Error("the socket is not open")));
      return;
    }
    this.#webSocket.send(text);
    queueMicrotask(done);
  }

  ping(): boolean {
    return false;
  }

  close(code: number, reason: string): void {
    this.#webSocket.close(code, reason);
  }

  /**
   * Reports the end immediately; the browser itself waits for the peer's close frame, which may take a long
   * time.
   */
  terminate(): void {
    this.#webSocket.close();
    this.#end(abnormalClosure, "");
  }

  #end(code: number, reason: string): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#deliver((listener) => listener.close(code, reason));
  }

  #deliver(deliver: (listener: SocketListener) => void): void {
    if (this.#listener) deliver(this.#listener);
    else this.#early.push(deliver);
  }
}
