/** Range of rows from `from` (inclusive) to `to` (exclusive). */
export interface RowRange {
  readonly from: number;
  readonly to: number;
}

/** Returns the index of the row at an offset: the last one that starts at or above it. */
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

/** Returns the rows in the viewport and within `overscan` pixels above and below. */
export function visibleRange(offsets: Float64Array, top: number, height: number, overscan: number): RowRange {
  const count = offsets.length - 1;
  if (count <= 0) return { from: 0, to: 0 };
  return {
    from: rowAt(offsets, top - overscan),
    to: Math.min(count, rowAt(offsets, top + height + overscan) + 1),
  };
}

/** Scroll anchor, which keeps its position while rows above it change: the end of the list, or a row. */
export type Anchor =
  | "end"
  | {
      /** Key of the row, followed by the rows after it in case it is removed. */
      readonly keys: readonly string[];
      /** Distance of the row's top from the viewport's top in pixels; negative above it. */
      readonly below: number;
    };

/** Returns the scroll position that restores the anchor; undefined if all of its rows were removed. */
export function scrollTopFor(
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
