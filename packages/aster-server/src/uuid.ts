import { randomBytes } from "node:crypto";

/**
 * A random identifier from 1 to 2^53 - 1, the range that a JavaScript number and every deployed client hold
 * exactly. 0 is skipped because asterpy takes it for "none".
 */
export function randomUuid(): number {
  for (;;) {
    const uuid = Number(randomBytes(8).readBigUInt64BE() >> 11n);
    if (uuid !== 0) return uuid;
  }
}
