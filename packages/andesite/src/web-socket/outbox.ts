import { type Clock, startTimer } from "../clock.ts";
import { QueueFullError } from "../errors.ts";
import type { WebSocketLike } from "./socket.ts";

/** A message on its way to the node. */
export interface OutgoingMessage {
  readonly guildId: string;
  readonly op: string;
  /** The payload as it travels, from the moment of sending: its owner may change it afterwards. */
  readonly text: string;
  /** Called when it was transmitted. */
  readonly resolve: () => void;
  /** Called when it never will be. */
  readonly reject: (error: unknown) => void;
  /** Whether it belongs to one connection only, and is dropped with it. */
  readonly isTransient: boolean;
}

/** What a message holds; an object of the caller's own. */
export const payloadOf = ({ text }: OutgoingMessage): Record<string, unknown> => JSON.parse(text);

/** Beyond this the socket's own buffer grows no further; what is left waits here, where it can be counted. */
const maxBufferedBytes = 1024 * 1024;
/** How often to look whether a socket has room again that cannot say when, as in browsers, in ms. */
const drainPollMs = 10;

/** Messages in the order of sending, through connections that come and go. */
export class Outbox {
  readonly #maxMessages: number;
  readonly #clock: Clock;
  readonly #onTransmitted: (message: OutgoingMessage) => void;
  #queue: OutgoingMessage[] = [];
  #head = 0;
  /** Given to the socket, which has not said yet what became of them; in order. */
  readonly #inFlight = new Set<OutgoingMessage>();
  #socket: WebSocketLike | null = null;
  #timer: unknown = null;

  /** @param transmitted - Called with each message, in order, before its sender learns of it. */
  constructor(limit: number, clock: Clock, transmitted: (message: OutgoingMessage) => void) {
    this.#maxMessages = limit;
    this.#clock = clock;
    this.#onTransmitted = transmitted;
  }

  /** How many messages are waiting or under way. */
  get size(): number {
    return this.#queue.length - this.#head + this.#inFlight.size;
  }

  /** Whether there is a connection to transmit over. */
  get attached(): boolean {
    return this.#socket !== null;
  }

  /** @throws QueueFullError */
  push(message: OutgoingMessage): void {
    if (this.size >= this.#maxMessages) throw new QueueFullError(this.#maxMessages);
    this.pushUnbounded(message);
  }

  /** For what must not be lost because of the limit, and is bounded otherwise. */
  pushUnbounded(message: OutgoingMessage): void {
    this.#queue.push(message);
    this.#flush();
  }

  /** Starts to transmit: these messages first, then what is waiting. */
  attach(socket: WebSocketLike, first: readonly OutgoingMessage[]): void {
    this.#socket = socket;
    this.#requeue(first);
    this.#flush();
  }

  /** Stops transmitting. What is not known to be on its way goes back to the front. */
  detach(): void {
    this.#socket = null;
    this.#clock.clearTimeout(this.#timer);
    this.#timer = null;
    const returned = [...this.#inFlight];
    this.#inFlight.clear();
    this.#requeue(returned);
    this.#filterQueue(({ isTransient: transient }) => !transient);
  }

  /** Takes out what is waiting for a guild, in order; its promises are the caller's to settle now. */
  removeGuild(guildId: string): OutgoingMessage[] {
    const taken = [...this.#inFlight, ...this.#queue.slice(this.#head)].filter(
      (message) => message.guildId === guildId,
    );
    for (const message of taken) this.#inFlight.delete(message);
    if (taken.length > 0) this.#filterQueue((message) => message.guildId !== guildId);
    return taken.filter(({ isTransient: transient }) => !transient);
  }

  /** Empties the outbox; every sender gets the error. */
  rejectAll(error: unknown): void {
    const messages = [...this.#inFlight, ...this.#queue.slice(this.#head)];
    this.#inFlight.clear();
    this.#filterQueue(() => false);
    for (const { reject } of messages) reject(error);
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
        // With an error the end of the connection follows, which puts the message back.
        if (error || !this.#inFlight.delete(message)) return;
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

  /** Looks again later when the socket is full and no message will tell that it is not any more. */
  #pollWhileFull(): void {
    const isWaiting = this.#socket?.open && this.#head < this.#queue.length;
    if (!isWaiting || this.#inFlight.size > 0 || this.#timer !== null) return;
    this.#timer = startTimer(this.#clock, drainPollMs, () => {
      this.#timer = null;
      this.#flush();
    });
  }
}
