/** Limits of an {@link AttemptBudget}. */
export interface AttemptLimits {
  /** Failures in a row that exhaust the budget. */
  readonly maxFailures: number;
  /** Time in ms after which one failure is forgiven. */
  readonly recoveryMs: number;
}

/** Budget of failed attempts for one key. Running attempts count as failures until they end. */
export class AttemptBudget {
  readonly #limits: AttemptLimits;
  readonly #now: () => number;
  #failures = 0;
  #recoveredAt: number;
  #running = 0;
  #nextEnd: PromiseWithResolvers<void> | undefined;

  constructor(limits: AttemptLimits, now: () => number) {
    this.#limits = limits;
    this.#now = now;
    this.#recoveredAt = now();
  }

  /** Whether completed attempts alone have exhausted the budget. */
  get isExhausted(): boolean {
    this.#recover();
    return this.#limits.maxFailures - this.#failures < 1;
  }

  /** Time in ms until the budget is no longer exhausted; 0 if it is not. */
  get waitMs(): number {
    this.#recover();
    return Math.max(0, this.#failures - this.#limits.maxFailures + 1) * this.#limits.recoveryMs;
  }

  /** Whether the budget allows one more attempt even if all running ones fail. */
  get canAttempt(): boolean {
    this.#recover();
    return this.#limits.maxFailures - this.#failures - this.#running >= 1;
  }

  /** Whether the budget is full and no attempt is running. */
  get isUnused(): boolean {
    this.#recover();
    return this.#failures === 0 && this.#running === 0;
  }

  /** Resolves when the next of the running attempts ends. */
  waitForAttemptEnd(): Promise<void> {
    this.#nextEnd ??= Promise.withResolvers<void>();
    return this.#nextEnd.promise;
  }

  startAttempt(): void {
    this.#running++;
  }

  endAttempt(hasFailed: boolean): void {
    this.#recover();
    this.#running--;
    if (hasFailed) this.#failures++;
    this.#nextEnd?.resolve();
    this.#nextEnd = undefined;
  }

  resetFailures(): void {
    this.#failures = 0;
  }

  #recover(): void {
    const now = this.#now();
    const forgiven = Math.max(0, now - this.#recoveredAt) / this.#limits.recoveryMs;
    this.#failures = Math.max(0, this.#failures - forgiven);
    this.#recoveredAt = now;
  }
}

/**
 * Attempt budgets by key. Only keys with failures are kept; above `maxKeys` the least recently used is
 * removed.
 */
export class AttemptBudgets {
  readonly #limits: AttemptLimits;
  readonly #maxKeys: number;
  readonly #now: () => number;
  readonly #byKey = new Map<string, AttemptBudget>();

  constructor(limits: AttemptLimits, maxKeys: number, now: () => number) {
    this.#limits = limits;
    this.#maxKeys = maxKeys;
    this.#now = now;
  }

  /** Number of keys that are kept. */
  get size(): number {
    return this.#byKey.size;
  }

  /** Returns the budget of a key and marks it as the most recently used. */
  get(key: string): AttemptBudget {
    const budget = this.#byKey.get(key) ?? new AttemptBudget(this.#limits, this.#now);
    this.#byKey.delete(key);
    this.#byKey.set(key, budget);
    this.#removeOldest();
    return budget;
  }

  /** Removes the key if its budget is unused. */
  removeIfUnused(key: string): void {
    if (this.#byKey.get(key)?.isUnused) this.#byKey.delete(key);
  }

  #removeOldest(): void {
    for (const [key, budget] of this.#byKey) {
      // The last one is the key in use.
      if (this.#byKey.size === 1 || (this.#byKey.size <= this.#maxKeys && !budget.isUnused)) return;
      this.#byKey.delete(key);
    }
  }
}
