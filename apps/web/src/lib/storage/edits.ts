import * as v from "@asterite/util/schema";
import { StoredEntries } from "./stored-entries.ts";
import type { KeyValueStorage } from "./stored-value.ts";

const edit = v.object({
  channel: v.number,
  text: v.string,
  /** Unix time of the last change in ms. */
  at: v.number,
});

/** Unsaved edit of a message. */
type Edit = Readonly<v.OutputOf<typeof edit>>;

/** Maximum number of stored edits. */
const maxEdits = 50;

/** Unsaved edits by message, which survive a reload; the least recently changed are dropped first. */
export class Edits {
  readonly #stored: StoredEntries<Edit>;

  constructor(storage: KeyValueStorage) {
    this.#stored = new StoredEntries<Edit>(storage, "edit", edit);
  }

  get(server: string, message: number): Edit | undefined {
    return this.#stored.get(`${server}/${message}`);
  }

  set(server: string, message: number, channel: number, text: string): void {
    this.#stored.set(`${server}/${message}`, { channel, text, at: Date.now() });
    const oldest = this.#stored.list().toSorted(([, one], [, other]) => one.at - other.at);
    for (const [key] of oldest.slice(0, Math.max(0, oldest.length - maxEdits))) this.#stored.delete(key);
  }

  delete(server: string, message: number): void {
    this.#stored.delete(`${server}/${message}`);
  }

  /** Returns the edits of a server by message, the last changed first. */
  forServer(server: string): ReadonlyMap<number, Edit> {
    const own = this.#stored.list().filter(([key]) => key.startsWith(`${server}/`));
    const sorted = own.toSorted(([, one], [, other]) => other.at - one.at);
    return new Map(sorted.map(([key, value]) => [Number(key.slice(server.length + 1)), value]));
  }
}
