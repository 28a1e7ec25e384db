import { AttemptBudgets, type AttemptLimits } from "./attempt-budget.ts";

/**
 * Bounds on guessing passwords. Wrong passwords are counted; right ones cost nothing. Times are in
 * milliseconds, counts at least 1; `Infinity` lifts a bound.
 */
export interface LoginLimits {
  /** Wrong passwords that one address may give for one account at once. Default 10. */
  readonly failuresPerAddressAndAccount: number;
  /** After this time the address may try the account once more. Default 30 000. */
  readonly addressAndAccountRecoveryMs: number;
  /** Wrong passwords that one address may give for any accounts at once. Default 50. */
  readonly failuresPerAddress: number;
  /** After this time the address may try once more. Default 10 000. */
  readonly addressRecoveryMs: number;
  /** Wrong passwords for one account, from anywhere, before its logins take a little longer. Default 20. */
  readonly failuresPerAccount: number;
  /** After this time one of the account's failures is forgotten. Default 10 000. */
  readonly accountRecoveryMs: number;
  /** How much longer they take. The account's owner waits as well, so keep it short. Default 1000. */
  readonly accountDelayMs: number;
  /** How late a throttled try is answered. Default 3000. */
  readonly refusalDelayMs: number;
  /** Addresses, accounts and pairs of them that are remembered, each. Default 20 000. */
  readonly maxRemembered: number;
}

/** The bounds of a server that was told nothing else. */
export const defaultLoginLimits: LoginLimits = Object.freeze({
  failuresPerAddressAndAccount: 10,
  addressAndAccountRecoveryMs: 30_000,
  failuresPerAddress: 50,
  addressRecoveryMs: 10_000,
  failuresPerAccount: 20,
  accountRecoveryMs: 10_000,
  accountDelayMs: 1000,
  refusalDelayMs: 3000,
  maxRemembered: 20_000,
});

/** The time as the throttle sees it. */
export interface ThrottleClock {
  /** Milliseconds since any fixed moment, never going back. */
  now(): number;
  setTimeout(callback: () => void, delayMs: number): unknown;
  clearTimeout(handle: unknown): void;
}

/** The time of this machine. */
export const systemClock: ThrottleClock = {
  now: () => performance.now(),
  setTimeout: (callback, delayMs) => setTimeout(callback, delayMs),
  clearTimeout: (handle) => clearTimeout(handle as NodeJS.Timeout),
};

/** A password that was compared. */
export interface PasswordAttempt {
  readonly network: string;
  readonly account: number;
  readonly isCorrect: boolean;
}

const budget = (failures: number, recoveryMs: number): AttemptLimits => ({
  maxFailures: failures,
  recoveryMs,
});

/**
 * Slows down guessing without letting a guesser lock anybody out: an address that guesses is shut off, an
 * account that is guessed only gets a little slower. The protocol has no status for this, so that a try too
 * many is answered like a wrong password; from then on both take the same time.
 */
export class LoginThrottle {
  readonly #limits: LoginLimits;
  readonly #clock: ThrottleClock;
  readonly #pairBudgets: AttemptBudgets;
  readonly #networkBudgets: AttemptBudgets;
  readonly #accountBudgets: AttemptBudgets;
  readonly #sleeps = new Map<unknown, () => void>();
  readonly #refused: () => void;
  #publishAttempt: (compared: PasswordAttempt) => void = () => {};
  #isClosed = false;

  /** @param refused is told of each try that is refused unseen. */
  constructor(limits: LoginLimits, clock: ThrottleClock = systemClock, refused: () => void = () => {}) {
    this.#refused = refused;
    this.#limits = limits;
    this.#clock = clock;
    const now = (): number => clock.now();
    const { maxRemembered: remembered } = limits;
    this.#pairBudgets = new AttemptBudgets(
      budget(limits.failuresPerAddressAndAccount, limits.addressAndAccountRecoveryMs),
      remembered,
      now,
    );
    this.#networkBudgets = new AttemptBudgets(
      budget(limits.failuresPerAddress, limits.addressRecoveryMs),
      remembered,
      now,
    );
    this.#accountBudgets = new AttemptBudgets(
      budget(limits.failuresPerAccount, limits.accountRecoveryMs),
      remembered,
      now,
    );
  }

  /** How many addresses, accounts and pairs are remembered together. */
  get size(): number {
    return this.#pairBudgets.size + this.#networkBudgets.size + this.#accountBudgets.size;
  }

  /**
   * Whether a password fits, which `check` finds out; it is not asked when the address (an IPv6 network counts
   * as one) has been wrong too often. Resolves late in that case, and as late when the last free try was
   * wrong. Rejects as `check` does.
   */
  async attempt(from: string, account: number, check: () => Promise<boolean>): Promise<boolean> {
    const beganAt = this.#clock.now();
    const keys = { pair: `${from} ${account}`, address: from, account: String(account) };
    const pair = this.#pairBudgets.get(keys.pair);
    const own = this.#networkBudgets.get(keys.address);
    const target = this.#accountBudgets.get(keys.account);
    const isSpent = (): boolean => pair.isExhausted || own.isExhausted;
    // Many right logins at once from one place, as after a restart, have to wait here and are not refused.
    for (;;) {
      if (isSpent()) {
        this.#refused();
        await this.#sleep(this.#remainingDelayMs(beganAt));
        return false;
      }
      const full = [pair, own].find(({ canAttempt: hasRoom }) => !hasRoom);
      if (!full) break;
      await full.waitForAttemptEnd();
    }
    const budgets = [pair, own, target];
    for (const one of budgets) one.startAttempt();
    let fits = false;
    let isWrong = false;
    try {
      if (target.isExhausted) await this.#sleep(this.#limits.accountDelayMs);
      fits = await check();
      isWrong = !fits;
    } finally {
      for (const one of budgets) one.endAttempt(isWrong);
      if (fits) pair.resetFailures();
      if (isWrong || fits) this.#publishAttempt({ network: from, account, isCorrect: fits });
      this.#pairBudgets.removeIfUnused(keys.pair);
      this.#networkBudgets.removeIfUnused(keys.address);
      this.#accountBudgets.removeIfUnused(keys.account);
    }
    if (!fits && isSpent()) await this.#sleep(this.#remainingDelayMs(beganAt));
    return fits;
  }

  /** Calls back with every comparison here, so that other processes count it too. */
  onAttempt(tellOthers: (compared: PasswordAttempt) => void): void {
    this.#publishAttempt = tellOthers;
  }

  /** Counts a comparison in another process. */
  countRemoteAttempt({ network: from, account, isCorrect: isRight }: PasswordAttempt): void {
    const pairKey = `${from} ${account}`;
    const pair = this.#pairBudgets.get(pairKey);
    if (isRight) {
      pair.resetFailures();
    } else {
      for (const one of [pair, this.#networkBudgets.get(from), this.#accountBudgets.get(String(account))]) {
        one.startAttempt();
        one.endAttempt(true);
      }
    }
    this.#pairBudgets.removeIfUnused(pairKey);
  }

  /** Ends every wait, for a server that stops. */
  close(): void {
    this.#isClosed = true;
    for (const [handle, done] of this.#sleeps) {
      this.#clock.clearTimeout(handle);
      done();
    }
    this.#sleeps.clear();
  }

  #remainingDelayMs(beganAt: number): number {
    return beganAt + this.#limits.refusalDelayMs - this.#clock.now();
  }

  #sleep(ms: number): Promise<void> {
    if (this.#isClosed || ms <= 0) return Promise.resolve();
    return new Promise((resolve) => {
      const handle = this.#clock.setTimeout(() => {
        this.#sleeps.delete(handle);
        resolve();
      }, ms);
      this.#sleeps.set(handle, resolve);
    });
  }
}
