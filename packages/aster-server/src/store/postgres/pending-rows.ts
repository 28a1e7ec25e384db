import type { Message } from "@asterite/aster-protocol";
import type { StoredEvent } from "../store.ts";

/** A message before it is written. */
export type NewMessage = Message & { readonly place: number };

/** An event before it is written. */
export type NewEvent = StoredEvent & { readonly date: number };

/** A nonce before it is written. */
export interface NewNonce {
  readonly user: number;
  readonly nonce: string;
  readonly message: number;
  readonly date: number;
}

/** How much of each list there is. */
export interface RowCounts {
  readonly messages: number;
  readonly events: number;
  readonly nonces: number;
}

/** Rows that were added since the last ones were written. */
export interface UnwrittenRows {
  readonly messages: readonly NewMessage[];
  readonly events: readonly NewEvent[];
  readonly nonces: readonly NewNonce[];
}

const noRows: RowCounts = { messages: 0, events: 0, nonces: 0 };

/**
 * What conversations add all the time, gathered over a transaction and written in few statements: each statement
 * is a way to the database and back, during which every other process waits.
 */
export class PendingRows {
  readonly #messages: NewMessage[] = [];
  readonly #events: NewEvent[] = [];
  readonly #nonces: NewNonce[] = [];
  #written = noRows;

  get events(): readonly NewEvent[] {
    return this.#events;
  }

  get rowCounts(): RowCounts {
    return {
      messages: this.#messages.length,
      events: this.#events.length,
      nonces: this.#nonces.length,
    };
  }

  get isFlushed(): boolean {
    const { messages, events, nonces } = this.#written;
    return (
      messages === this.#messages.length && events === this.#events.length && nonces === this.#nonces.length
    );
  }

  addMessage(message: NewMessage): void {
    this.#messages.push(message);
  }

  addEvent(event: NewEvent): void {
    this.#events.push(event);
  }

  addNonce(nonce: NewNonce): void {
    this.#nonces.push(nonce);
  }

  /** The message under a nonce of this transaction. */
  findByNonce(user: number, nonce: string): number | undefined {
    return this.#nonces.findLast((own) => own.user === user && own.nonce === nonce)?.message;
  }

  /** Hands out what is not written yet, up to the marks; it counts as written from now on. */
  takeUnwritten(upTo: RowCounts): UnwrittenRows {
    const { messages, events, nonces } = this.#written;
    this.#written = upTo;
    return {
      messages: this.#messages.slice(messages, upTo.messages),
      events: this.#events.slice(events, upTo.events),
      nonces: this.#nonces.slice(nonces, upTo.nonces),
    };
  }

  /** Forgets what came after the marks. */
  truncateTo(to: RowCounts): void {
    this.#messages.length = to.messages;
    this.#events.length = to.events;
    this.#nonces.length = to.nonces;
    this.#written = {
      messages: Math.min(this.#written.messages, to.messages),
      events: Math.min(this.#written.events, to.events),
      nonces: Math.min(this.#written.nonces, to.nonces),
    };
  }
}
