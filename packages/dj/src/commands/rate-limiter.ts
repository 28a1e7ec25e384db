import type { Rate } from "../options.ts";

/** Beyond this the oldest are forgotten, which only gives them a fresh start. */
const mostKeys = 10_000;

/** Counts how often each of many may do something: so many at once, and one more after each while. */
export class Pace<Key> {
  readonly #rate: Rate;
  /** When each will have nothing on its account any more. */
  readonly #clearAtMs = new Map<Key, number>();

  constructor(rate: Rate) {
    this.#rate = rate;
  }

  /** Whether it may, which is counted then. */
  take(key: Key, nowMs = performance.now()): boolean {
    const { burst, everyMs } = this.#rate;
    const clearAtMs = Math.max(this.#clearAtMs.get(key) ?? 0, nowMs);
    if (clearAtMs - nowMs > (burst - 1) * everyMs) return false;
    this.#clearAtMs.delete(key);
    this.#clearAtMs.set(key, clearAtMs + everyMs);
    const [oldest] = this.#clearAtMs.keys();
    if (this.#clearAtMs.size > mostKeys && oldest !== undefined) this.#clearAtMs.delete(oldest);
    return true;
  }
}
