/** How many failures are free, and how fast they are forgotten. */
export interface AttemptLimits {
  /** Failures that may come at once. */
  readonly maxFailures: number;
  /** After this many milliseconds one failure is forgotten. */
  readonly recoveryMs: number;
}

/** What one key may still get wrong. Tries that are under way count as failures until they have ended. */
export class AttemptBudget {
  readonly #limits: AttemptLimits;
  readonly #now: () => number;
  #failures = 0;
  #countedAt: number;
  #running = 0;
  #nextEnd: PromiseWithResolvers<void> | undefined;

  constructor(limits: AttemptLimits, now: () => number) {
    this.#limits = limits;
    this.#now = now;
    this.#countedAt = now();
  }

  /** Whether failures alone have used it up. */
  get isExhausted(): boolean {
    this.#recover();
    return this.#limits.maxFailures - this.#failures < 1;
  }

  /** Whether one more try fits in, if all that are under way fail. */
  get canAttempt(): boolean {
    this.#recover();
    return this.#limits.maxFailures - this.#failures - this.#running >= 1;
  }

  /** Whether nothing is known about the key. */
  get isUnused(): boolean {
    this.#recover();
    return this.#failures === 0 && this.#running === 0;
  }

  /** Resolves when the next try that is under way has ended. */
  waitForAttemptEnd(): Promise<void> {
    this.#nextEnd ??= Promise.withResolvers<void>();
    return this.#nextEnd.promise;
  }

  startAttempt(): void {
    this.#running++;
  }

  endAttempt(failed: boolean): void {
    this.#recover();
    this.#running--;
    if (failed) this.#failures++;
    this.#nextEnd?.resolve();
    this.#nextEnd = undefined;
  }

  /** Forgets every failure. */
  resetFailures(): void {
    this.#failures = 0;
  }

  #recover(): void {
    const now = this.#now();
    this.#failures = Math.max(
      0,
      this.#failures - Math.max(0, now - this.#countedAt) / this.#limits.recoveryMs,
    );
    this.#countedAt = now;
  }
}

/** Budgets by key. Only keys with failures are kept, and of those at most so many, the latest ones. */
export class AttemptBudgets {
  readonly #limits: AttemptLimits;
  readonly #maxKeys: number;
  readonly #now: () => number;
  readonly #byKey = new Map<string, AttemptBudget>();

  constructor(limits: AttemptLimits, most: number, now: () => number) {
    this.#limits = limits;
    this.#maxKeys = most;
    this.#now = now;
  }

  /** How many keys are kept. */
  get size(): number {
    return this.#byKey.size;
  }

  /** The key's budget, as the latest one used. */
  get(key: string): AttemptBudget {
    const budget = this.#byKey.get(key) ?? new AttemptBudget(this.#limits, this.#now);
    this.#byKey.delete(key);
    this.#byKey.set(key, budget);
    this.#removeOldest();
    return budget;
  }

  /** Forgets the key if there is nothing to remember. */
  removeIfUnused(key: string): void {
    if (this.#byKey.get(key)?.isUnused) this.#byKey.delete(key);
  }

  #removeOldest(): void {
    for (const [key, budget] of this.#byKey) {
      // The newest is the one that was asked for.
      if (this.#byKey.size === 1 || (this.#byKey.size <= this.#maxKeys && !budget.isUnused)) return;
      this.#byKey.delete(key);
    }
  }
}
