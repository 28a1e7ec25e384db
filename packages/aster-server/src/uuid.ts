import { randomFillSync } from "node:crypto";

/** Pool of random words: a system call for eight bytes costs as much as one for many. */
const pool = new Uint32Array(1024);
let poolUsed = pool.length;

function randomWord(): number {
  if (poolUsed === pool.length) {
    randomFillSync(pool);
    poolUsed = 0;
  }
  return pool[poolUsed++] ?? 0;
}

/**
 * Returns a random identifier from 1 to 2^53 - 1, the range that JavaScript numbers and all deployed clients
 * represent exactly. 0 is excluded because asterpy treats it as "none".
 */
export function randomUuid(): number {
  for (;;) {
    const uuid = (randomWord() >>> 11) * 2 ** 32 + randomWord();
    if (uuid !== 0) return uuid;
  }
}
