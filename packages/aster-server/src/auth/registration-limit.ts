import { TokenBucket } from "@asterite/util";

const hourMs = 3_600_000;
/** Addresses above which the one that registered first is forgotten. */
const maxRemembered = 20_000;

/** Limits the accounts that one address registers per hour, in this process. */
export class RegistrationLimit {
  readonly #perHour: number;
  readonly #now: () => number;
  readonly #addresses = new Map<string, TokenBucket>();

  /** @param perHour - Accounts per address and hour; `Infinity` for no limit. */
  constructor(perHour: number, now: () => number) {
    this.#perHour = perHour;
    this.#now = now;
  }

  /** Counts a registration. Returns 0 if it is within the limit, otherwise the ms to wait; it is not counted then. */
  take(network: string): number {
    if (this.#perHour === Number.POSITIVE_INFINITY) return 0;
    let bucket = this.#addresses.get(network);
    if (!bucket) {
      bucket = new TokenBucket(this.#perHour / (hourMs / 1000), this.#perHour, this.#now);
      this.#addresses.set(network, bucket);
      const [first] = this.#addresses.keys();
      if (this.#addresses.size > maxRemembered && first !== undefined) this.#addresses.delete(first);
    }
    return bucket.tryTake() ? 0 : hourMs / this.#perHour;
  }
}
