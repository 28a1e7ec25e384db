/** Place of an item in a grid of sections, each of which starts on a new row. */
export interface GridPlace {
  readonly section: number;
  readonly index: number;
}

const clamp = (value: number, length: number): number => Math.max(0, Math.min(value, length - 1));

/**
 * Returns where a key moves to in a grid; undefined if it moves out of the grid at the top, or is no such key. At other
 * edges it stays.
 *
 * @param lengths - Number of items of each section, at least 1.
 */
export function gridStep(
  lengths: readonly number[],
  { section, index }: GridPlace,
  key: string,
  columns: number,
): GridPlace | undefined {
  const length = lengths[section] ?? 0;
  const column = index % columns;
  const inPrevious = (position: (length: number) => number): GridPlace | undefined => {
    const previous = lengths[section - 1];
    return previous === undefined ? undefined : { section: section - 1, index: position(previous) };
  };
  const inNext = (position: (length: number) => number): GridPlace => {
    const next = lengths[section + 1];
    return next === undefined
      ? { section, index: length - 1 }
      : { section: section + 1, index: position(next) };
  };
  switch (key) {
    case "ArrowLeft":
      return index > 0 ? { section, index: index - 1 } : inPrevious((previous) => previous - 1);
    case "ArrowRight":
      return index + 1 < length ? { section, index: index + 1 } : inNext(() => 0);
    case "ArrowUp":
      return index >= columns
        ? { section, index: index - columns }
        : inPrevious((previous) => clamp(previous - 1 - ((previous - 1) % columns) + column, previous));
    case "ArrowDown": {
      const isLastRow = index - column + columns >= length;
      return isLastRow
        ? inNext((next) => clamp(column, next))
        : { section, index: clamp(index + columns, length) };
    }
    case "PageUp":
      return index > 0 ? { section, index: 0 } : inPrevious(() => 0);
    case "PageDown":
      return inNext(() => 0);
    case "Home":
      return { section: 0, index: 0 };
    case "End":
      return { section: lengths.length - 1, index: (lengths.at(-1) ?? 1) - 1 };
    default:
      return undefined;
  }
}
