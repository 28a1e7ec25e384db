import { Pace } from "../limits/cooldowns.ts";
import type { RestStore } from "./store.ts";

/** Rests of a server that is one process: they end with it. */
export class MemoryRests implements RestStore {
  readonly #pace = new Pace();

  take(key: string, restMs: number): Promise<number> {
    const now = performance.now();
    const waitMs = Math.ceil(this.#pace.waitMs(key, now));
    if (waitMs === 0) this.#pace.use(key, restMs, now);
    return Promise.resolve(waitMs);
  }
}
