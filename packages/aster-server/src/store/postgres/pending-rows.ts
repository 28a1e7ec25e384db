import type { Message } from "@asterite/aster-protocol";
import type { StoredEvent } from "../store.ts";

/** Message that is not written yet. */
export type NewMessage = Message & { readonly place: number };

/** Event that is not written yet. */
export type NewEvent = StoredEvent & { readonly date: number };

/** Nonce that is not written yet. */
export interface NewNonce {
  readonly user: number;
  readonly nonce: string;
  readonly message: number;
  readonly date: number;
}

/** Number of rows by table: a position in the lists of pending rows. */
export interface RowCounts {
  readonly messages: number;
  readonly events: number;
  readonly nonces: number;
}

/** Rows that were added since the last flush. */
export interface UnwrittenRows {
  readonly messages: readonly NewMessage[];
  readonly events: readonly NewEvent[];
  readonly nonces: readonly NewNonce[];
}

const noRows: RowCounts = { messages: 0, events: 0, nonces: 0 };

/**
 * Buffer for the frequent inserts of a transaction, which are written in a few statements: each statement is
 * a round trip during which every other process waits for the sequence lock.
 */
export class PendingRows {
  readonly #messages: NewMessage[] = [];
  readonly #events: NewEvent[] = [];
  readonly #nonces: NewNonce[] = [];
  #flushed = noRows;

  /** All events of the transaction, flushed or not. */
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
    const { messages, events, nonces } = this.#flushed;
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

  /** Returns the message that this transaction added with a nonce. */
  findByNonce(user: number, nonce: string): number | undefined {
    return this.#nonces.findLast((own) => own.user === user && own.nonce === nonce)?.message;
  }

  /** Returns the unwritten rows up to a position and marks them as written. */
  takeUnwritten(upTo: RowCounts): UnwrittenRows {
    const { messages, events, nonces } = this.#flushed;
    this.#flushed = upTo;
    return {
      messages: this.#messages.slice(messages, upTo.messages),
      events: this.#events.slice(events, upTo.events),
      nonces: this.#nonces.slice(nonces, upTo.nonces),
    };
  }

  /** Removes all rows after a position. */
  truncateTo(to: RowCounts): void {
    this.#messages.length = to.messages;
    this.#events.length = to.events;
    this.#nonces.length = to.nonces;
    this.#flushed = {
      messages: Math.min(this.#flushed.messages, to.messages),
      events: Math.min(this.#flushed.events, to.events),
      nonces: Math.min(this.#flushed.nonces, to.nonces),
    };
  }
}
