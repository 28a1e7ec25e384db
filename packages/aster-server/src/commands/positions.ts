/** An entry of an ordered list, with a position from 0 without gaps. */
interface Positioned {
  readonly uuid: number;
  readonly position: number;
}

/**
 * Returns the changed positions after an entry is inserted at or moved to a position, or removed (undefined).
 * Repairs gaps and duplicate positions of old data.
 */
export function reorder(
  entries: readonly Positioned[],
  uuid: number,
  position: number | undefined,
): Map<number, number> {
  const order = entries
    .filter((other) => other.uuid !== uuid)
    .sort((a, b) => a.position - b.position)
    .map((other) => other.uuid);
  if (position !== undefined) order.splice(Math.min(position, order.length), 0, uuid);
  const before = new Map(entries.map((other) => [other.uuid, other.position]));
  return new Map(
    [...order.entries()]
      .map(([index, entry]) => [entry, index] as const)
      .filter(([entry, index]) => before.get(entry) !== index),
  );
}

/** Returns the position after the last one. */
export const nextPosition = (entries: readonly Positioned[]): number =>
  entries.reduce((end, { position }) => Math.max(end, position + 1), 0);
