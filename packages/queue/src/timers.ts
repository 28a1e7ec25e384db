import { type Clock, startTimer } from "@asterite/util";

/** Timers by name, at most one of each. */
export class Timers<Name extends string> {
  readonly #clock: Clock;
  readonly #running = new Map<Name, unknown>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  has(name: Name): boolean {
    return this.#running.has(name);
  }

  /** Starts a timer in the place of the one before. */
  set(name: Name, delayMs: number, callback: () => void): void {
    this.clear(name);
    const run = (): void => {
      this.#running.delete(name);
      callback();
    };
    this.#running.set(name, startTimer(this.#clock, delayMs, run));
  }

  /** Starts a timer unless it runs already. */
  start(name: Name, delayMs: number, callback: () => void): void {
    if (!this.has(name)) this.set(name, delayMs, callback);
  }

  clear(name: Name): void {
    this.#clock.clearTimeout(this.#running.get(name));
    this.#running.delete(name);
  }

  clearAll(): void {
    for (const name of [...this.#running.keys()]) this.clear(name);
  }
}
