import type { OpenRequest, Platform, SocketListener, WebSocketLike } from "./web-socket/socket.ts";

/** What browsers bring; the types of Node.js have it as well. */
const { WebSocket } = globalThis;

/** What a connection counts as that ended without being closed. */
const abnormal = 1_006;

/** Browsers: sockets without headers and pings. */
export const platform: Platform = {
  sendsHeaders: false,
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
      // A character is at least a byte. Browsers cannot be told of a limit before the message is there.
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
    for (const tell of this.#early.splice(0)) tell(listener);
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

  /** A browser goes on waiting for the other side, which may take very long; nobody else has to. */
  terminate(): void {
    this.#webSocket.close();
    this.#end(abnormal, "");
  }

  #end(code: number, reason: string): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#deliver((listener) => listener.close(code, reason));
  }

  #deliver(tell: (listener: SocketListener) => void): void {
    if (this.#listener) tell(this.#listener);
    else this.#early.push(tell);
  }
}
