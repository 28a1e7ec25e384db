import { Cooldowns } from "@asterite/util";
import type { RestStore } from "./store.ts";

/** Rests of a server that is one process: they end with it. */
export class MemoryRests implements RestStore {
  readonly #pace = new Cooldowns();

  take(key: string, restMs: number): Promise<number> {
    const now = performance.now();
    const waitMs = Math.ceil(this.#pace.remainingMs(key, now));
    if (waitMs === 0) this.#pace.start(key, restMs, now);
    return Promise.resolve(waitMs);
  }
}
