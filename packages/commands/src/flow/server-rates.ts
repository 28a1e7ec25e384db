import type { Server } from "@asterite/aster";
import { KeyedRateLimiter, type RateLimit } from "@asterite/util";

/** Rate limiters of the same rate, one for each server, because uuids are unique on their server only. */
export class ServerRates {
  readonly #limit: RateLimit;
  readonly #limiters = new WeakMap<Server, KeyedRateLimiter<number>>();

  constructor(limit: RateLimit) {
    this.#limit = limit;
  }

  /** Returns the rate limiter of a server, with a budget for each uuid. */
  on(server: Server): KeyedRateLimiter<number> {
    let limiter = this.#limiters.get(server);
    if (!limiter) {
      limiter = new KeyedRateLimiter<number>(this.#limit);
      this.#limiters.set(server, limiter);
    }
    return limiter;
  }
}
