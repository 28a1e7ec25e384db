import { Cooldowns } from "@asterite/util";
import type { CooldownStore } from "./store.ts";

/** Cooldowns in memory, for a server in one process; a restart ends them. */
export class MemoryCooldowns implements CooldownStore {
  readonly #cooldowns = new Cooldowns();

  tryStart(key: string, cooldownMs: number): Promise<number> {
    const now = performance.now();
    const waitMs = Math.ceil(this.#cooldowns.remainingMs(key, now));
    if (waitMs === 0) this.#cooldowns.start(key, cooldownMs, now);
    return Promise.resolve(waitMs);
  }
}
