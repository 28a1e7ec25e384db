import type { Dialect } from "./dialect.ts";
import type { OutgoingMessage } from "./outgoing-message.ts";
import type { Subscriber } from "./player-subscriptions.ts";

/** How much one buffer may hold. */
export interface BufferLimits {
  readonly maxMessages: number;
  readonly maxBytes: number;
}

/** Whose events a buffer keeps. */
export interface BufferOwner {
  readonly id: string;
  readonly userId: string;
  readonly dialect: Dialect;
}

/** Keeps the events of a lost connection (section 9.8 of the protocol). */
export class EventBuffer implements Subscriber {
  readonly owner: BufferOwner;
  readonly #limits: BufferLimits;
  readonly #onEnd: (reason: "expired" | "full") => void;
  readonly #timer: NodeJS.Timeout;
  readonly #messages: Buffer[] = [];
  #bytes = 0;

  /** @param end - Called when its time is over, or when it cannot hold more. */
  constructor(
    owner: BufferOwner,
    timeoutMs: number,
    limits: BufferLimits,
    end: (reason: "expired" | "full") => void,
  ) {
    this.owner = owner;
    this.#limits = limits;
    this.#onEnd = end;
    this.#timer = setTimeout(() => end("expired"), timeoutMs).unref();
  }

  /** What was kept, in order. */
  get messages(): readonly Buffer[] {
    return this.#messages;
  }

  deliver(message: OutgoingMessage): void {
    const bytes = message.encode(this.owner.dialect);
    if (bytes === null) return;
    this.#bytes += bytes.length;
    this.#messages.push(bytes);
    const { maxMessages, maxBytes } = this.#limits;
    if (this.#messages.length > maxMessages || this.#bytes > maxBytes) this.#onEnd("full");
  }

  close(): void {
    clearTimeout(this.#timer);
  }
}
