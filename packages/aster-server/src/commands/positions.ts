/** Something with a place in an order without gaps, counted from 0. */
interface Positioned {
  readonly uuid: number;
  readonly position: number;
}

/**
 * The places of everything after one thing was put at a place, moved there, or taken out (`place` undefined).
 * Gaps and double places of old data are mended on the way.
 */
export function reorder(
  all: readonly Positioned[],
  uuid: number,
  place: number | undefined,
): Map<number, number> {
  const order = all
    .filter((other) => other.uuid !== uuid)
    .sort((a, b) => a.position - b.position)
    .map((other) => other.uuid);
  if (place !== undefined) order.splice(Math.min(place, order.length), 0, uuid);
  const before = new Map(all.map((other) => [other.uuid, other.position]));
  return new Map(
    [...order.entries()]
      .map(([at, which]) => [which, at] as const)
      .filter(([which, at]) => before.get(which) !== at),
  );
}

/** The place after the last one. */
export const nextPosition = (all: readonly Positioned[]): number =>
  all.reduce((end, { position }) => Math.max(end, position + 1), 0);
