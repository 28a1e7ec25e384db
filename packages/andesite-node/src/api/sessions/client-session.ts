import type { WebSocket } from "ws";
import { ClientSocket } from "./client-socket.ts";
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
export class ClientSession extends ClientSocket implements Subscriber {
  readonly identity: SessionIdentity;
  /** How long to buffer events after the connection is lost, in ms; 0 disables it. */
  bufferMs = 0;
  /** Key by which a Lavalink 3 client resumes the connection; undefined for none. */
  resumeKey: string | undefined;
  #failures = 0;

  /** @param onSlowClient - Called before the connection is terminated because too many bytes are unread. */
  constructor(
    identity: SessionIdentity,
    webSocket: WebSocket,
    maxQueuedBytes: number,
    onSlowClient: () => void,
  ) {
    super(webSocket, maxQueuedBytes, onSlowClient);
    this.identity = identity;
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
    for (const message of messages) this.write(message);
  }

  deliver(message: OutgoingMessage): void {
    const bytes = message.encode(this.identity);
    if (bytes !== undefined) this.writeBounded(bytes);
  }

  /** Counts a failed operation. Returns whether it should be logged as a warning. */
  recordFailure(): boolean {
    this.#failures += 1;
    return this.#failures <= maxLoggedFailures;
  }
}
