import { Cooldowns } from "@asterite/util";
import type { CooldownStore } from "./store.ts";

/** Rests of a server that is one process: they end with it. */
export class MemoryCooldowns implements CooldownStore {
  readonly #cooldowns = new Cooldowns();

  tryStart(key: string, restMs: number): Promise<number> {
    const now = performance.now();
    const waitMs = Math.ceil(this.#cooldowns.remainingMs(key, now));
    if (waitMs === 0) this.#cooldowns.start(key, restMs, now);
    return Promise.resolve(waitMs);
  }
}
