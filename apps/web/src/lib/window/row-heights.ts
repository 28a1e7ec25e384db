/** Measured row heights, from which a virtual list is laid out. */
export class RowHeights {
  readonly #heights = new Map<string, number>();
  readonly #estimate: (key: string) => number;

  /** `estimate` returns the height in pixels of a row that was not measured yet. */
  constructor(estimate: (key: string) => number) {
    this.#estimate = estimate;
  }

  /** Stores a measured height in pixels. Returns whether it differs from the known one. */
  set(key: string, height: number): boolean {
    if (Math.abs((this.#heights.get(key) ?? -1) - height) < 0.5) return false;
    this.#heights.set(key, height);
    return true;
  }

  /** Returns the top offset of each row in pixels, followed by the total height. */
  layout(keys: readonly string[]): Float64Array {
    const offsets = new Float64Array(keys.length + 1);
    let at = 0;
    for (const [index, key] of keys.entries()) {
      offsets[index] = at;
      at += this.#heights.get(key) ?? this.#estimate(key);
    }
    offsets[keys.length] = at;
    return offsets;
  }

  /** Removes rows that are no longer in the list, once there are many. */
  prune(keys: readonly string[]): void {
    if (this.#heights.size < 2 * keys.length + 1000) return;
    const present = new Set(keys);
    for (const key of this.#heights.keys()) if (!present.has(key)) this.#heights.delete(key);
  }
}
