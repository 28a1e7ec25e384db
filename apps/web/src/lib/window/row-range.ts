/** Rows from `from` to before `to`. */
export interface Range {
  readonly from: number;
  readonly to: number;
}

/** The row at a distance from the top; the last row that begins at or above it. */
export function rowAt(offsets: Float64Array, top: number): number {
  let low = 0;
  let high = Math.max(0, offsets.length - 2);
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((offsets[middle] ?? 0) <= top) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** The rows that are seen, and those within `overscan` pixels above and below. */
export function visibleRange(offsets: Float64Array, top: number, height: number, overscan: number): Range {
  const count = offsets.length - 1;
  if (count <= 0) return { from: 0, to: 0 };
  return {
    from: rowAt(offsets, top - overscan),
    to: Math.min(count, rowAt(offsets, top + height + overscan) + 1),
  };
}

/** What stays where it is while rows above it change: the end of the list, or a row. */
export type Anchor =
  | "end"
  | {
      /** The row and those after it, in case it goes away. */
      readonly keys: readonly string[];
      /** How far the row's beginning is below the top of what is seen; negative above it. */
      readonly below: number;
    };

/** Where to scroll so that the anchor stands where it stood; undefined if it is gone altogether. */
export function topFor(
  anchor: Anchor,
  indexOf: (key: string) => number | undefined,
  offsets: Float64Array,
  height: number,
): number | undefined {
  if (anchor === "end") return Math.max(0, (offsets[offsets.length - 1] ?? 0) - height);
  for (const key of anchor.keys) {
    const index = indexOf(key);
    if (index !== undefined) return (offsets[index] ?? 0) - anchor.below;
  }
  return undefined;
}
