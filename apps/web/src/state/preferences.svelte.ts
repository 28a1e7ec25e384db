import * as v from "valibot";
import { type KeyValueStorage, StoredValue } from "../lib/storage/stored-value.ts";

const schema = v.object({
  theme: v.fallback(v.picklist(["system", "light", "dark"]), "system"),
  language: v.fallback(v.picklist(["auto", "en", "de"]), "auto"),
  /** Whether mentions show desktop notifications while the page is not focused. */
  notify: v.fallback(v.boolean(), false),
  /** Volume from 0 to 1. */
  volume: v.fallback(v.pipe(v.number(), v.minValue(0), v.maxValue(1)), 0.8),
  /** Whether the member list is open on wide screens. */
  members: v.fallback(v.boolean(), true),
});

type Values = v.InferOutput<typeof schema>;

/** User preferences stored in this browser. */
export class Preferences {
  readonly #stored: StoredValue<Values>;
  #values: Values;

  constructor(storage: KeyValueStorage) {
    const initial = v.parse(schema, { theme: "", language: "", notify: "", volume: "", members: "" });
    this.#stored = new StoredValue<Values>(storage, "preferences", schema, initial);
    this.#values = $state.raw(this.#stored.get());
  }

  get values(): Values {
    return this.#values;
  }

  set(changes: Partial<Values>): void {
    this.#values = { ...this.#values, ...changes };
    this.#stored.set(this.#values);
  }
}
