import { randomFillSync } from "node:crypto";

/** Random words in stock: asking the system for eight bytes costs as much as for many. */
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
 * A random identifier from 1 to 2^53 - 1, the range that a JavaScript number and every deployed client hold
 * exactly. 0 is skipped because asterpy takes it for "none".
 */
export function randomUuid(): number {
  for (;;) {
    const uuid = (randomWord() >>> 11) * 2 ** 32 + randomWord();
    if (uuid !== 0) return uuid;
  }
}
