import { type Clock, systemClock } from "@asterite/util";
import type { Metrics } from "../metrics.ts";
import { AttemptBudgets, type AttemptLimits } from "./attempt-budget.ts";

/**
 * Limits on guessing passwords. Only wrong passwords count. Times are in ms, counts at least 1; `Infinity`
 * disables a limit. An IPv6 /64 network counts as one address.
 */
export interface LoginLimits {
  /** Wrong passwords in a row from one address for one account. Default 10. */
  readonly failuresPerAddressAndAccount: number;
  /** Time after which the address gets one more attempt on the account. Default 30 000. */
  readonly addressAndAccountRecoveryMs: number;
  /** Wrong passwords in a row from one address for all accounts. Default 50. */
  readonly failuresPerAddress: number;
  /** Time after which the address gets one more attempt. Default 10 000. */
  readonly addressRecoveryMs: number;
  /** Wrong passwords for one account, from all addresses, above which its logins are delayed. Default 20. */
  readonly failuresPerAccount: number;
  /** Time after which one failure of the account is forgiven. Default 10 000. */
  readonly accountRecoveryMs: number;
  /** Delay of these logins. It also affects the account's owner, so keep it short. Default 1000. */
  readonly accountDelayMs: number;
  /** Delay of the reply to a refused attempt. Default 3000. */
  readonly refusalDelayMs: number;
  /** Addresses, accounts and pairs of both to remember, each. Default 20 000. */
  readonly maxRemembered: number;
}

/** Default values of {@link LoginLimits}. */
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

const pairKeyOf = (network: string, account: number): string => `${network} ${account}`;

/** Result of {@link LoginThrottle.attempt}. */
export interface AttemptResult {
  readonly isCorrect: boolean;
  /** Time in ms until the next attempt; present if this one was refused without a check. */
  readonly retryAfterMs?: number;
}

/** Result of a password check, to be counted by all processes. */
export interface PasswordAttempt {
  /** Client network of the attempt. */
  readonly network: string;
  readonly account: number;
  readonly isCorrect: boolean;
}

/**
 * Slows down password guessing without locking out the account's owner: an address that guesses is refused,
 * an account that is guessed is only delayed. The protocol has no status for this, so a refused attempt is
 * answered like a wrong password, except to clients that receive reasons.
 */
export class LoginThrottle {
  readonly #limits: LoginLimits;
  readonly #clock: Clock;
  readonly #pairBudgets: AttemptBudgets;
  readonly #networkBudgets: AttemptBudgets;
  readonly #accountBudgets: AttemptBudgets;
  readonly #sleeps = new Map<unknown, () => void>();
  readonly #metrics: Pick<Metrics, "loginsThrottled"> | undefined;
  #publishAttempt: (attempt: PasswordAttempt) => void = () => {};
  #isClosed = false;

  /** @param metrics - Counts refused attempts. */
  constructor(limits: LoginLimits, clock: Clock = systemClock, metrics?: Pick<Metrics, "loginsThrottled">) {
    this.#limits = limits;
    this.#clock = clock;
    this.#metrics = metrics;
    const budgets = (maxFailures: number, recoveryMs: number): AttemptBudgets => {
      const attemptLimits: AttemptLimits = { maxFailures, recoveryMs };
      return new AttemptBudgets(attemptLimits, limits.maxRemembered, () => clock.now());
    };
    this.#pairBudgets = budgets(limits.failuresPerAddressAndAccount, limits.addressAndAccountRecoveryMs);
    this.#networkBudgets = budgets(limits.failuresPerAddress, limits.addressRecoveryMs);
    this.#accountBudgets = budgets(limits.failuresPerAccount, limits.accountRecoveryMs);
  }

  /** Number of remembered networks, accounts and pairs together. */
  get size(): number {
    return this.#pairBudgets.size + this.#networkBudgets.size + this.#accountBudgets.size;
  }

  /**
   * Returns the result of `check`, which compares the password, and counts it. Once the network has failed
   * too often, refuses the attempt without calling `check`. That reply, and the one that exhausts a budget,
   * is delayed by `refusalDelayMs`. Rejects as `check` does.
   */
  async attempt(network: string, account: number, check: () => Promise<boolean>): Promise<AttemptResult> {
    const startedAt = this.#clock.now();
    const pairKey = pairKeyOf(network, account);
    const pair = this.#pairBudgets.get(pairKey);
    const source = this.#networkBudgets.get(network);
    const target = this.#accountBudgets.get(String(account));
    const isExhausted = (): boolean => pair.isExhausted || source.isExhausted;
    // Many correct logins at once from one network, as after a restart, wait here instead of being refused.
    for (;;) {
      if (isExhausted()) {
        if (this.#metrics) this.#metrics.loginsThrottled++;
        await this.#sleep(this.#remainingDelayMs(startedAt));
        return { isCorrect: false, retryAfterMs: Math.max(pair.waitMs, source.waitMs) };
      }
      const full = [pair, source].find(({ canAttempt }) => !canAttempt);
      if (!full) break;
      await full.waitForAttemptEnd();
    }
    const budgets = [pair, source, target];
    for (const budget of budgets) budget.startAttempt();
    let isCorrect = false;
    let isWrong = false;
    try {
      if (target.isExhausted) await this.#sleep(this.#limits.accountDelayMs);
      isCorrect = await check();
      isWrong = !isCorrect;
    } finally {
      for (const budget of budgets) budget.endAttempt(isWrong);
      if (isCorrect) pair.resetFailures();
      if (isWrong || isCorrect) this.#publishAttempt({ network, account, isCorrect });
      this.#pairBudgets.removeIfUnused(pairKey);
      this.#networkBudgets.removeIfUnused(network);
      this.#accountBudgets.removeIfUnused(String(account));
    }
    if (!isCorrect && isExhausted()) await this.#sleep(this.#remainingDelayMs(startedAt));
    return { isCorrect };
  }

  /** Sets the callback that publishes each attempt of this process to the others. */
  onAttempt(publish: (attempt: PasswordAttempt) => void): void {
    this.#publishAttempt = publish;
  }

  /** Counts an attempt in another process. */
  countRemoteAttempt({ network, account, isCorrect }: PasswordAttempt): void {
    const pairKey = pairKeyOf(network, account);
    const pair = this.#pairBudgets.get(pairKey);
    if (isCorrect) {
      pair.resetFailures();
    } else {
      const source = this.#networkBudgets.get(network);
      const target = this.#accountBudgets.get(String(account));
      for (const budget of [pair, source, target]) {
        budget.startAttempt();
        budget.endAttempt(true);
      }
    }
    this.#pairBudgets.removeIfUnused(pairKey);
  }

  /** Ends every delay, so that the server can stop. */
  close(): void {
    this.#isClosed = true;
    for (const [handle, wake] of this.#sleeps) {
      this.#clock.clearTimeout(handle);
      wake();
    }
    this.#sleeps.clear();
  }

  #remainingDelayMs(startedAt: number): number {
    return startedAt + this.#limits.refusalDelayMs - this.#clock.now();
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
