/** Remembers how tall rows are, so that a list can be laid out of which only a part is drawn. */
export class Heights {
  readonly #known = new Map<string, number>();
  readonly #guess: (key: string) => number;

  /** `guess`: the height in pixels of a row that was never drawn. */
  constructor(guess: (key: string) => number) {
    this.#guess = guess;
  }

  /** Notes a height in pixels and says whether it is news. */
  set(key: string, height: number): boolean {
    if (Math.abs((this.#known.get(key) ?? -1) - height) < 0.5) return false;
    this.#known.set(key, height);
    return true;
  }

  /** Where each row begins, in pixels, and as one element more where the last ends. */
  layout(keys: readonly string[]): Float64Array {
    const offsets = new Float64Array(keys.length + 1);
    let at = 0;
    for (const [index, key] of keys.entries()) {
      offsets[index] = at;
      at += this.#known.get(key) ?? this.#guess(key);
    }
    offsets[keys.length] = at;
    return offsets;
  }

  /** Forgets rows that are no longer in the list, once they are many. */
  forget(keys: readonly string[]): void {
    if (this.#known.size < 2 * keys.length + 1000) return;
    const present = new Set(keys);
    for (const key of this.#known.keys()) if (!present.has(key)) this.#known.delete(key);
  }
}
