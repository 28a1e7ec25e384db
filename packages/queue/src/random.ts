/** Random number generator: returns numbers from 0 (inclusive) to 1 (exclusive). */
export type Random = () => number;

/**
 * Returns a generator whose numbers depend only on the seed, for tests and repeatable shuffles: Marsaglia's
 * 32-bit xorshift (Journal of Statistical Software 8/14, 2003). Not suitable for secrets.
 *
 * @param seed - Any number; only its lowest 32 bits are used, and 0 is treated as 1.
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

/** Returns a copy in random order, all orders being equally likely (Fisher–Yates shuffle). */
export function shuffled<Item>(items: readonly Item[], random: Random): Item[] {
  const remaining = [...items];
  const result: Item[] = [];
  while (remaining.length > 0) {
    // The last item replaces the chosen one, so that each step takes constant time.
    const index = Math.min(remaining.length - 1, Math.floor(random() * remaining.length));
    const last = remaining.pop();
    if (last === undefined) break;
    const chosen = remaining[index];
    if (index < remaining.length && chosen !== undefined) {
      remaining[index] = last;
      result.push(chosen);
    } else result.push(last);
  }
  return result;
}
