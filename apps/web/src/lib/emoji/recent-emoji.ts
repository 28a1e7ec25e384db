import * as v from "@asterite/util/schema";
import { type KeyValueStorage, StoredValue } from "../storage/stored-value.ts";

/** Three rows of the picker. */
const maxRecent = 24;

/** Emoji picked last in this browser, newest first: characters without skin tone, and names such as `:leaf:`. */
export class RecentEmoji {
  readonly #stored: StoredValue<readonly string[]>;

  constructor(storage: KeyValueStorage) {
    this.#stored = new StoredValue<readonly string[]>(storage, "emoji", v.array(v.string), []);
  }

  list(): readonly string[] {
    return this.#stored.get();
  }

  add(emoji: string): void {
    this.#stored.set([emoji, ...this.list().filter((one) => one !== emoji)].slice(0, maxRecent));
  }
}
