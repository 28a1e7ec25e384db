import type { WebSocket } from "ws";
import type { Dialect } from "./dialect.ts";
import type { OutgoingMessage } from "./outgoing-message.ts";
import type { Subscriber } from "./player-subscriptions.ts";

/** Who is at the other end of a WebSocket. */
export interface SessionIdentity {
  /** Of the connection; cannot be guessed. */
  readonly id: string;
  readonly userId: string;
  readonly dialect: Dialect;
}

/** From here on a client that does not read its replies is not read either. */
const pauseThresholdBytes = 1_048_576;
/** Failed operations of a connection that are worth an operator's look; a flood of them is not. */
const maxLoggedFailures = 10;

/** One open WebSocket. */
export class ClientSession implements Subscriber {
  readonly identity: SessionIdentity;
  readonly webSocket: WebSocket;
  /** How long events are to be kept after it is lost, in ms; 0 for not at all. */
  bufferMs = 0;
  readonly #maxQueuedBytes: number;
  readonly #onSlowClient: () => void;
  #failures = 0;
  #isAlive = true;

  /** @param tooSlow - Called when the client leaves more than the limit unread; it is cut then. */
  constructor(identity: SessionIdentity, webSocket: WebSocket, maxQueuedBytes: number, tooSlow: () => void) {
    this.identity = identity;
    this.webSocket = webSocket;
    this.#maxQueuedBytes = maxQueuedBytes;
    this.#onSlowClient = tooSlow;
    webSocket.on("pong", () => {
      this.#isAlive = true;
    });
  }

  /** Sends what belongs to this connection alone. While much of it is unread, nothing more is taken from it. */
  reply(body: object): void {
    const { webSocket } = this;
    const isMuch = () => webSocket.bufferedAmount > pauseThresholdBytes;
    webSocket.send(JSON.stringify(body), () => {
      if (webSocket.isPaused && !isMuch()) webSocket.resume();
    });
    if (isMuch()) webSocket.pause();
  }

  /** Sends messages that were kept for it. */
  replay(messages: readonly Buffer[]): void {
    for (const message of messages) this.#write(message);
  }

  deliver(message: OutgoingMessage): void {
    const { webSocket } = this;
    const bytes = message.encode(this.identity.dialect);
    if (bytes === null || webSocket.readyState !== webSocket.OPEN) return;
    this.#write(bytes);
    if (webSocket.bufferedAmount <= this.#maxQueuedBytes) return;
    this.#onSlowClient();
    webSocket.terminate();
  }

  /** Asks whether the client is there; one that has not answered since the last time is cut. */
  ping(): void {
    if (!this.#isAlive) {
      this.webSocket.terminate();
      return;
    }
    this.#isAlive = false;
    this.webSocket.ping();
  }

  /** Counts a failed operation; true while it deserves attention. */
  recordFailure(): boolean {
    this.#failures += 1;
    return this.#failures <= maxLoggedFailures;
  }

  #write(bytes: Buffer): void {
    // With a callback, a message to a connection that is closing is not an exception.
    this.webSocket.send(bytes, { binary: false }, () => {});
  }
}
