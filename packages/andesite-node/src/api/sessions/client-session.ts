import type { WebSocket } from "ws";
import type { Dialect } from "./dialect.ts";
import type { OutgoingMessage } from "./outgoing-message.ts";
import type { Subscriber } from "./player-subscriptions.ts";

/** Identity of a WebSocket connection. */
export interface SessionIdentity {
  /** Random connection id, used to resume. */
  readonly id: string;
  readonly userId: string;
  readonly dialect: Dialect;
  /** Whether the client negotiated `operation-failed`. */
  readonly reportsFailures: boolean;
  /** Whether the client negotiated `track-titles`. */
  readonly reportsTitles: boolean;
}

/** Unread reply bytes above which the node stops reading from the client. */
const pauseThresholdBytes = 1_048_576;
/** Failed operations per connection that are logged as warnings; further ones are logged at debug level. */
const maxLoggedFailures = 10;

/** Open WebSocket of a client. */
export class ClientSession implements Subscriber {
  readonly identity: SessionIdentity;
  readonly webSocket: WebSocket;
  /** How long to buffer events after the connection is lost, in ms; 0 disables it. */
  bufferMs = 0;
  readonly #maxQueuedBytes: number;
  readonly #onSlowClient: () => void;
  #failures = 0;
  #isAlive = true;

  /** @param onSlowClient - Called before the connection is terminated because too many bytes are unread. */
  constructor(identity: SessionIdentity, webSocket: WebSocket, maxQueuedBytes: number, tooSlow: () => void) {
    this.identity = identity;
    this.webSocket = webSocket;
    this.#maxQueuedBytes = maxQueuedBytes;
    this.#onSlowClient = tooSlow;
    webSocket.on("pong", () => {
      this.#isAlive = true;
    });
  }

  /** Sends a reply to this client only. Stops reading from the client while too many replies are unread. */
  reply(body: object): void {
    const { webSocket } = this;
    const isMuch = () => webSocket.bufferedAmount > pauseThresholdBytes;
    webSocket.send(JSON.stringify(body), () => {
      if (webSocket.isPaused && !isMuch()) webSocket.resume();
    });
    if (isMuch()) webSocket.pause();
  }

  /** Sends buffered messages. */
  replay(messages: readonly Buffer[]): void {
    for (const message of messages) this.#write(message);
  }

  deliver(message: OutgoingMessage): void {
    const { webSocket } = this;
    const bytes = message.encode(this.identity);
    if (bytes === undefined || webSocket.readyState !== webSocket.OPEN) return;
    this.#write(bytes);
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

  /** Counts a failed operation. Returns whether it should be logged as a warning. */
  recordFailure(): boolean {
    this.#failures += 1;
    return this.#failures <= maxLoggedFailures;
  }

  #write(bytes: Buffer): void {
    // Without a callback, `send` throws on a closing connection.
    this.webSocket.send(bytes, { binary: false }, () => {});
  }
}
