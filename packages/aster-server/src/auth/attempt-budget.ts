/** How many failures are free, and how fast they are forgotten. */
export interface BudgetLimits {
  /** Failures that may come at once. */
  readonly failures: number;
  /** After this many milliseconds one failure is forgotten. */
  readonly recoveryMs: number;
}

/** What one key may still get wrong. Tries that are under way count as failures until they have ended. */
export class FailureBudget {
  readonly #limits: BudgetLimits;
  readonly #now: () => number;
  #failed = 0;
  #countedAt: number;
  #underWay = 0;
  #ending: PromiseWithResolvers<void> | undefined;

  constructor(limits: BudgetLimits, now: () => number) {
    this.#limits = limits;
    this.#now = now;
    this.#countedAt = now();
  }

  /** Whether failures alone have used it up. */
  get isSpent(): boolean {
    this.#forget();
    return this.#limits.failures - this.#failed < 1;
  }

  /** Whether one more try fits in, if all that are under way fail. */
  get hasRoom(): boolean {
    this.#forget();
    return this.#limits.failures - this.#failed - this.#underWay >= 1;
  }

  /** Whether nothing is known about the key. */
  get isFresh(): boolean {
    this.#forget();
    return this.#failed === 0 && this.#underWay === 0;
  }

  /** Resolves when the next try that is under way has ended. */
  ending(): Promise<void> {
    this.#ending ??= Promise.withResolvers<void>();
    return this.#ending.promise;
  }

  begin(): void {
    this.#underWay++;
  }

  end(failed: boolean): void {
    this.#forget();
    this.#underWay--;
    if (failed) this.#failed++;
    this.#ending?.resolve();
    this.#ending = undefined;
  }

  /** Forgets every failure. */
  clear(): void {
    this.#failed = 0;
  }

  #forget(): void {
    const now = this.#now();
    this.#failed = Math.max(0, this.#failed - Math.max(0, now - this.#countedAt) / this.#limits.recoveryMs);
    this.#countedAt = now;
  }
}

/** Budgets by key. Only keys with failures are kept, and of those at most so many, the latest ones. */
export class Budgets {
  readonly #limits: BudgetLimits;
  readonly #most: number;
  readonly #now: () => number;
  readonly #byKey = new Map<string, FailureBudget>();

  constructor(limits: BudgetLimits, most: number, now: () => number) {
    this.#limits = limits;
    this.#most = most;
    this.#now = now;
  }

  /** How many keys are kept. */
  get size(): number {
    return this.#byKey.size;
  }

  /** The key's budget, as the latest one used. */
  of(key: string): FailureBudget {
    const budget = this.#byKey.get(key) ?? new FailureBudget(this.#limits, this.#now);
    this.#byKey.delete(key);
    this.#byKey.set(key, budget);
    this.#dropOldest();
    return budget;
  }

  /** Forgets the key if there is nothing to remember. */
  tidy(key: string): void {
    if (this.#byKey.get(key)?.isFresh) this.#byKey.delete(key);
  }

  #dropOldest(): void {
    for (const [key, budget] of this.#byKey) {
      // The newest is the one that was asked for.
      if (this.#byKey.size === 1 || (this.#byKey.size <= this.#most && !budget.isFresh)) return;
      this.#byKey.delete(key);
    }
  }
}
