import { AsterError, argumentError } from "./errors.ts";

/** Hands events to a loop that may be slower than they come, up to a limit. */
export class EventIterator<Item> implements AsyncIterableIterator<Item, undefined> {
  readonly #name: string;
  readonly #limit: number;
  readonly #release: () => void;
  #waiting: Item[] = [];
  #readers: PromiseWithResolvers<IteratorResult<Item, undefined>>[] = [];
  #failure: AsterError | undefined;
  #isFinished = false;

  constructor(name: string, limit: number, release: () => void) {
    if (!(limit >= 1)) throw argumentError("limit", limit, "a number from 1");
    this.#name = name;
    this.#limit = limit;
    this.#release = release;
  }

  push(item: Item): void {
    if (this.#isFinished) return;
    const reader = this.#readers.shift();
    if (reader) {
      reader.resolve({ value: item, done: false });
    } else if (this.#waiting.length < this.#limit) {
      this.#waiting.push(item);
    } else {
      const text = `more than ${this.#limit} events "${this.#name}" are waiting for their reader`;
      this.#failure = new AsterError("EVENTS_MISSED", text);
      this.finish();
    }
  }

  /** Takes nothing more in; what waits can still be read. */
  finish(): void {
    if (this.#isFinished) return;
    this.#isFinished = true;
    this.#release();
    for (const reader of this.#readers.splice(0)) reader.resolve({ value: undefined, done: true });
  }

  next(): Promise<IteratorResult<Item, undefined>> {
    if (this.#waiting.length > 0) {
      return Promise.resolve({ value: this.#waiting.shift() as Item, done: false });
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
    this.#waiting = [];
    this.#failure = undefined;
    this.finish();
    return Promise.resolve({ value: undefined, done: true });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}
