/** Gives numbers from 0 up to, but without, 1. */
export type Random = () => number;

/**
 * Random numbers that are the same for the same seed, for tests and for repeatable shuffles: Marsaglia's xorshift
 * with 32 bits (Journal of Statistical Software 8/14, 2003). Not for secrets.
 *
 * @param seed - Any number; only its lowest 32 bits count, and 0 is taken for 1.
 */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0 || 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    return state / 2 ** 32;
  };
}

/** A copy in which every order is equally likely (Fisher and Yates). */
export function shuffled<Item>(items: readonly Item[], random: Random): Item[] {
  const left = [...items];
  const taken: Item[] = [];
  while (left.length > 0) {
    // The last one takes the place of the one that goes, so that each step costs the same.
    const index = Math.min(left.length - 1, Math.floor(random() * left.length));
    const last = left.pop();
    if (last === undefined) break;
    const chosen = left[index];
    if (index < left.length && chosen !== undefined) {
      left[index] = last;
      taken.push(chosen);
    } else taken.push(last);
  }
  return taken;
}
