import type { WebSocket } from "ws";

/** WebSocket of a client whose unread bytes are bounded. */
export class ClientSocket {
  readonly webSocket: WebSocket;
  readonly #maxQueuedBytes: number;
  readonly #onSlowClient: () => void;
  #isAlive = true;

  /** @param onSlowClient - Called before the connection is terminated because too many bytes are unread. */
  constructor(webSocket: WebSocket, maxQueuedBytes: number, onSlowClient: () => void) {
    this.webSocket = webSocket;
    this.#maxQueuedBytes = maxQueuedBytes;
    this.#onSlowClient = onSlowClient;
    webSocket.on("pong", () => {
      this.#isAlive = true;
    });
  }

  /** Sends a text without the limit of unread bytes. */
  write(text: Buffer | string): void {
    // Without a callback, `send` throws on a closing connection.
    this.webSocket.send(text, { binary: false }, () => {});
  }

  /** Sends a text, and terminates the connection if the client leaves too many bytes unread. */
  writeBounded(text: Buffer | string): void {
    const { webSocket } = this;
    if (webSocket.readyState !== webSocket.OPEN) return;
    this.write(text);
    if (webSocket.bufferedAmount <= this.#maxQueuedBytes) return;
    this.#onSlowClient();
    webSocket.terminate();
  }

  /** Sends a ping. Terminates the connection if the previous ping was not answered. */
  ping(): void {
    if (!this.#isAlive) {
      this.webSocket.terminate();
      return;
    }
    this.#isAlive = false;
    this.webSocket.ping();
  }
}

/**
 * Pings sockets at an interval, in `setImmediate` after pending input was read: a client that answered while the event
 * loop was blocked is not terminated. Returns the timer; undefined if the interval is 0.
 */
export const startPings = (
  sockets: () => Iterable<ClientSocket>,
  intervalMs: number,
): NodeJS.Timeout | undefined => {
  const pingAll = (): void => {
    for (const socket of sockets()) socket.ping();
  };
  return intervalMs === 0 ? undefined : setInterval(() => setImmediate(pingAll), intervalMs).unref();
};

/** Code of the close frames that a node sends when it shuts down. */
const goingAway = 1001;

/** Closes connections because the node shuts down, and terminates those that are still open after `graceMs`. */
export async function closeSockets(sockets: Iterable<ClientSocket>, graceMs: number): Promise<void> {
  const open = Array.from(sockets, ({ webSocket }) => webSocket);
  const closed = open.map((webSocket) => new Promise((resolve) => webSocket.once("close", resolve)));
  for (const webSocket of open) {
    webSocket.resume();
    webSocket.close(goingAway, "The node is shutting down");
  }
  const timer = setTimeout(() => {
    for (const webSocket of open) webSocket.terminate();
  }, graceMs);
  await Promise.all(closed);
  clearTimeout(timer);
}
