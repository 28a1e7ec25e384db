import { type Clock, startTimer, systemClock } from "../clock.ts";
import { QueueFullError } from "../errors.ts";
import type { WebSocketLike } from "./socket.ts";

/** A message to be transmitted to the node. */
export interface OutgoingMessage {
  readonly guildId: string;
  readonly op: string;
  /** The serialized message: a snapshot, because the caller may change the payload object afterwards. */
  readonly text: string;
  /** Application data of a `play` as JSON, which the node does not receive; undefined for none. */
  readonly userData?: string | undefined;
  /** Called when the message was transmitted. */
  readonly resolve: () => void;
  /** Called when the message will not be transmitted. */
  readonly reject: (error: unknown) => void;
  /** Whether the message is dropped when the connection ends. */
  readonly isTransient: boolean;
  /** Time of the system clock, in ms, after which the message no longer waits for a connection. */
  readonly expiresAtMs: number;
  /** Whether the message was transmitted before, so that its promise has resolved and it does not expire. */
  wasTransmitted?: boolean;
}

/** Returns the payload of a message as a new object, with its application data. */
export const payloadOf = ({ text, userData }: OutgoingMessage): Record<string, unknown> => ({
  ...JSON.parse(text),
  ...(userData !== undefined && { userData: JSON.parse(userData) }),
});

/** Serializes a message without its application data, and the data separately. */
export function serializePayload(
  payload: Readonly<Record<string, unknown>>,
): Pick<OutgoingMessage, "text" | "userData"> {
  if (payload["op"] !== "play" || payload["userData"] === undefined) return { text: JSON.stringify(payload) };
  const { userData, ...sent } = payload;
  return { text: JSON.stringify(sent), userData: JSON.stringify(userData) };
}

/** Bytes in the socket's buffer above which messages stay in the outbox, where the limit counts them. */
const maxBufferedBytes = 1024 * 1024;
/** Poll interval for free buffer space of sockets without a drain event, as in browsers, in ms. */
const drainPollMs = 10;

/** Queue of outgoing messages that survives the loss of a connection and keeps their order. */
export class Outbox {
  readonly #maxMessages: number;
  readonly #clock: Clock;
  readonly #onTransmitted: (message: OutgoingMessage) => void;
  #queue: OutgoingMessage[] = [];
  #head = 0;
  /** Messages passed to the socket whose callback is outstanding, in order. */
  readonly #inFlight = new Set<OutgoingMessage>();
  #socket: WebSocketLike | null = null;
  #timer: unknown = null;
  readonly #toTimeoutError: () => Error;
  #expiryTimer: unknown = null;

  /**
   * @param onTransmitted - Called with each transmitted message, in order, before its promise resolves.
   * @param toTimeoutError - Returns the error with which messages are rejected when their time has passed.
   */
  constructor(
    maxMessages: number,
    clock: Clock,
    onTransmitted: (message: OutgoingMessage) => void,
    toTimeoutError: () => Error = () => new Error("timed out"),
  ) {
    this.#toTimeoutError = toTimeoutError;
    this.#maxMessages = maxMessages;
    this.#clock = clock;
    this.#onTransmitted = onTransmitted;
  }

  /** Messages that are queued or in flight. */
  get size(): number {
    return this.#queue.length - this.#head + this.#inFlight.size;
  }

  /** Whether a connection is attached. */
  get attached(): boolean {
    return this.#socket !== null;
  }

  /** @throws QueueFullError */
  push(message: OutgoingMessage): void {
    if (this.size >= this.#maxMessages) throw new QueueFullError(this.#maxMessages);
    this.pushUnbounded(message);
  }

  /** Like {@link push} without the limit, for messages that were accepted before or restore a player. */
  pushUnbounded(message: OutgoingMessage): void {
    this.#queue.push(message);
    if (!this.attached) this.#scheduleExpiry(message.expiresAtMs);
    this.#flush();
  }

  /** Starts to transmit: first the given messages, then the queue. */
  attach(socket: WebSocketLike, first: readonly OutgoingMessage[]): void {
    this.#socket = socket;
    this.#stopExpiry();
    this.#requeue(first);
    this.#flush();
  }

  /** Stops transmitting. Messages in flight return to the front of the queue; transient ones are dropped. */
  detach(): void {
    this.#socket = null;
    this.#clock.clearTimeout(this.#timer);
    this.#timer = null;
    const returned = [...this.#inFlight];
    this.#inFlight.clear();
    this.#requeue(returned);
    this.#filterQueue(({ isTransient: transient }) => !transient);
    this.#expireMessages();
  }

  /** Removes and returns the messages of a guild, in order. The caller has to settle their promises. */
  removeGuild(guildId: string): OutgoingMessage[] {
    const removed = [...this.#inFlight, ...this.#queue.slice(this.#head)].filter(
      (message) => message.guildId === guildId,
    );
    for (const message of removed) this.#inFlight.delete(message);
    if (removed.length > 0) this.#filterQueue((message) => message.guildId !== guildId);
    return removed.filter(({ isTransient: transient }) => !transient);
  }

  /** Rejects and removes all messages. */
  rejectAll(error: unknown): void {
    const messages = [...this.#inFlight, ...this.#queue.slice(this.#head)];
    this.#inFlight.clear();
    this.#stopExpiry();
    this.#filterQueue(() => false);
    for (const { reject } of messages) reject(error);
  }

  /** Starts the timer for the first message that waits for a connection. */
  #scheduleExpiry(expiresAtMs: number): void {
    if (this.#expiryTimer !== null || !Number.isFinite(expiresAtMs)) return;
    // The system clock, as for the handshake: the limit concerns the real network.
    const delayMs = Math.max(0, expiresAtMs - systemClock.now());
    this.#expiryTimer = startTimer(systemClock, delayMs, () => this.#expireMessages());
  }

  #stopExpiry(): void {
    systemClock.clearTimeout(this.#expiryTimer);
    this.#expiryTimer = null;
  }

  /** Rejects the messages whose time has passed without a connection. */
  #expireMessages(): void {
    this.#stopExpiry();
    const nowMs = systemClock.now();
    const waiting = this.#queue.slice(this.#head).filter((message) => !message.wasTransmitted);
    const expired = new Set(waiting.filter(({ expiresAtMs }) => expiresAtMs <= nowMs));
    if (expired.size > 0) this.#filterQueue((message) => !expired.has(message));
    const times = waiting.flatMap((message) => (expired.has(message) ? [] : message.expiresAtMs));
    this.#scheduleExpiry(times.reduce((one, other) => Math.min(one, other), Number.POSITIVE_INFINITY));
    for (const { reject } of expired) reject(this.#toTimeoutError());
  }

  #requeue(messages: readonly OutgoingMessage[]): void {
    if (messages.length === 0) return;
    this.#queue = [...messages, ...this.#queue.slice(this.#head)];
    this.#head = 0;
  }

  #filterQueue(wanted: (message: OutgoingMessage) => boolean): void {
    this.#queue = this.#queue.slice(this.#head).filter(wanted);
    this.#head = 0;
  }

  #flush(): void {
    for (let socket = this.#socket; socket?.open && socket.bufferedBytes < maxBufferedBytes; ) {
      const message = this.#queue[this.#head];
      if (!message) break;
      this.#head++;
      this.#inFlight.add(message);
      socket.send(message.text, (error) => {
        // After an error the connection ends, which returns the message to the queue.
        if (error || !this.#inFlight.delete(message)) return;
        message.wasTransmitted = true;
        this.#onTransmitted(message);
        message.resolve();
        this.#flush();
      });
    }
    this.#pollWhileFull();
    if (this.#head > 0 && this.#head === this.#queue.length) {
      this.#queue.length = 0;
      this.#head = 0;
    } else if (this.#head > 1_024 && this.#head * 2 > this.#queue.length) this.#filterQueue(() => true);
  }

  /**
   * Polls while the socket's buffer is full and no callback of a message in flight will report free space.
   */
  #pollWhileFull(): void {
    const isWaiting = this.#socket?.open && this.#head < this.#queue.length;
    if (!isWaiting || this.#inFlight.size > 0 || this.#timer !== null) return;
    this.#timer = startTimer(this.#clock, drainPollMs, () => {
      this.#timer = null;
      this.#flush();
    });
  }
}
