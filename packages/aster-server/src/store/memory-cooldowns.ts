import { Cooldowns } from "@asterite/util";
import type { CooldownStore, UseLimit } from "./store.ts";

/** Cooldowns in memory, for a server in one process; a restart ends them. */
export class MemoryCooldowns implements CooldownStore {
  readonly #cooldowns = new Cooldowns();

  tryStart(key: string, { cooldownMs, burst }: UseLimit): Promise<number> {
    const waitMs = this.#cooldowns.tryStart(key, cooldownMs, performance.now(), burst);
    return Promise.resolve(Math.ceil(waitMs));
  }

  remainingMs(key: string, { cooldownMs, burst }: UseLimit): Promise<number> {
    const waitMs = this.#cooldowns.remainingMs(key, performance.now(), cooldownMs, burst);
    return Promise.resolve(Math.ceil(waitMs));
  }
}
