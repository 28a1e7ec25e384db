import { type Clock, startTimer } from "@asterite/util";

/** Named timers, at most one of each name. */
export class Timers<Name extends string> {
  readonly #clock: Clock;
  readonly #pending = new Map<Name, unknown>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Returns whether a timer is pending. */
  has(name: Name): boolean {
    return this.#pending.has(name);
  }

  /** Starts a timer, replacing a pending one of the same name. */
  set(name: Name, delayMs: number, callback: () => void): void {
    this.clear(name);
    const run = (): void => {
      this.#pending.delete(name);
      callback();
    };
    this.#pending.set(name, startTimer(this.#clock, delayMs, run));
  }

  /** Starts a timer unless one of the same name is pending. */
  start(name: Name, delayMs: number, callback: () => void): void {
    if (!this.has(name)) this.set(name, delayMs, callback);
  }

  clear(name: Name): void {
    this.#clock.clearTimeout(this.#pending.get(name));
    this.#pending.delete(name);
  }

  clearAll(): void {
    for (const name of [...this.#pending.keys()]) this.clear(name);
  }
}
