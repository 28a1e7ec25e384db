import * as v from "valibot";
import { type KeyValueStorage, Stored } from "../lib/storage/stored-value.ts";

const schema = v.object({
  theme: v.fallback(v.picklist(["system", "light", "dark"]), "system"),
  language: v.fallback(v.picklist(["auto", "en", "de"]), "auto"),
  /** Whether mentions are shown by the desktop while nobody looks. */
  notify: v.fallback(v.boolean(), false),
  /** From 0 to 1. */
  volume: v.fallback(v.pipe(v.number(), v.minValue(0), v.maxValue(1)), 0.8),
  /** Whether the list of members is open on wide screens. */
  members: v.fallback(v.boolean(), true),
});

type Values = v.InferOutput<typeof schema>;

/** What a person has chosen for this browser. */
export class Preferences {
  readonly #stored: Stored<Values>;
  #values: Values;

  constructor(storage: KeyValueStorage) {
    const initial = v.parse(schema, { theme: "", language: "", notify: "", volume: "", members: "" });
    this.#stored = new Stored<Values>(storage, "preferences", schema, initial);
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
