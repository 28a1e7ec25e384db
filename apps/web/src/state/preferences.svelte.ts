import * as v from "@asterite/util/schema";
import { type KeyValueStorage, StoredValue } from "../lib/storage/stored-value.ts";

const schema = v.object({
  theme: v.fallback(v.oneOf("system", "light", "dark"), "system"),
  language: v.fallback(v.oneOf("auto", "en", "de"), "auto"),
  /** Whether mentions show desktop notifications while the page is not focused. */
  notify: v.fallback(v.boolean, false),
  /** Volume from 0 to 1. */
  volume: v.fallback(v.numberOf(0, 1), 0.8),
  /** Skin tone of emoji. */
  skinTone: v.fallback(v.oneOf(0, 1, 2, 3, 4, 5), 0),
  /** Whether the member list is open on wide screens. */
  members: v.fallback(v.boolean, true),
});

type Values = v.OutputOf<typeof schema>;

const defaults: Values = {
  theme: "system",
  language: "auto",
  notify: false,
  volume: 0.8,
  skinTone: 0,
  members: true,
};

/** User preferences stored in this browser. */
export class Preferences {
  readonly #stored: StoredValue<Values>;
  #values: Values;

  constructor(storage: KeyValueStorage) {
    this.#stored = new StoredValue<Values>(storage, "preferences", schema, defaults);
    this.#values = $state.raw(this.#stored.get());
    this.#stored.subscribe(() => {
      this.#values = this.#stored.get();
    });
  }

  get values(): Values {
    return this.#values;
  }

  set(changes: Partial<Values>): void {
    // Another tab may have changed the other preferences.
    this.#values = { ...this.#values, ...this.#stored.get(), ...changes };
    this.#stored.set(this.#values);
  }
}
