import { AsterError, argumentError } from "./errors.ts";

/** An iterator over events, which `await using` ends with its block. */
export type EventStream<Item> = AsyncIterableIterator<Item, undefined> & AsyncDisposable;

/** Async iterator with a bounded buffer, for a consumer that may be slower than the events. */
export class EventIterator<Item> implements EventStream<Item> {
  readonly #name: string;
  readonly #limit: number;
  readonly #release: () => void;
  #buffer: Item[] = [];
  #readers: PromiseWithResolvers<IteratorResult<Item, undefined>>[] = [];
  #failure: AsterError | undefined;
  #isFinished = false;

  /** `release` is called once, when the iterator accepts no further events. */
  constructor(name: string, limit: number, release: () => void) {
    if (!(limit >= 1)) throw argumentError("limit", limit, "a number of at least 1");
    this.#name = name;
    this.#limit = limit;
    this.#release = release;
  }

  push(item: Item): void {
    if (this.#isFinished) return;
    const reader = this.#readers.shift();
    if (reader) {
      reader.resolve({ value: item, done: false });
    } else if (this.#buffer.length < this.#limit) {
      this.#buffer.push(item);
    } else {
      const text = `event buffer overflow: more than ${this.#limit} unread "${this.#name}" events`;
      this.#failure = new AsterError("EVENTS_MISSED", text);
      this.finish();
    }
  }

  /** Accepts no further events; buffered ones can still be read. */
  finish(): void {
    if (this.#isFinished) return;
    this.#isFinished = true;
    this.#release();
    for (const reader of this.#readers.splice(0)) reader.resolve({ value: undefined, done: true });
  }

  next(): Promise<IteratorResult<Item, undefined>> {
    if (this.#buffer.length > 0) {
      return Promise.resolve({ value: this.#buffer.shift() as Item, done: false });
    }
    if (!this.#isFinished) {
      const reader = Promise.withResolvers<IteratorResult<Item, undefined>>();
      this.#readers.push(reader);
      return reader.promise;
    }
    const failure = this.#failure;
    this.#failure = undefined;
    if (failure) return Promise.reject(failure);
    return Promise.resolve({ value: undefined, done: true });
  }

  return(): Promise<IteratorResult<Item, undefined>> {
    this.#buffer = [];
    this.#failure = undefined;
    this.finish();
    return Promise.resolve({ value: undefined, done: true });
  }

  /** Ends the iteration, for `await using`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.return();
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}
