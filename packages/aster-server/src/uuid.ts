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

/** 2020-01-01 in Unix ms: ids of {@link AscendingUuids} count from it, and fit into 53 bits until the year 2089. */
const firstMs = Date.UTC(2020);
/** Ids for each ms. */
const idsPerMs = 4096;

/**
 * Ids in ascending order: the ms, then random low bits. An index on random ids has another page for each new row,
 * which a commit then writes as a whole; ascending ones share the last page. Distinct within one process only.
 */
export class AscendingUuids {
  readonly #now: () => number;
  #last = 0;

  /** @param now - Returns the Unix time in ms. */
  constructor(now: () => number = Date.now) {
    this.#now = now;
  }

  /** Returns the next id, from 1 to 2^53 - 1. While the clock is set to a time without ids, it is a random one. */
  next(): number {
    const next = Math.max(
      this.#last + 1 + (randomWord() & 0xf),
      (this.#now() - firstMs) * idsPerMs + (randomWord() & 0x3ff),
    );
    if (!Number.isSafeInteger(next)) return randomUuid();
    this.#last = next;
    return next;
  }
}
