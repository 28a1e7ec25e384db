import type { MemberFailure } from "./errors.ts";

/** Failures of removed members that are kept for error messages. */
const maxDeparted = 32;

/** Last failures of a pool's members, for the errors of a pool that has no usable member left. */
export class MemberFailures {
  /** In the order in which they occurred. */
  readonly #failures = new Map<object, unknown>();

  /** All failures; those of members that were removed because of them included. */
  get list(): readonly MemberFailure[] {
    return Array.from(this.#failures, ([client, error]) => ({ client, error }));
  }

  /** Records the failure of a member. */
  record(client: object, error: unknown): void {
    this.#failures.delete(client);
    this.#failures.set(client, error);
    const [oldest] = this.#failures.keys();
    if (oldest && this.#failures.size > maxDeparted) this.#failures.delete(oldest);
  }

  /** Forgets the failure of a client that works, or was added or removed by the application. */
  forget(client: object): void {
    this.#failures.delete(client);
  }
}
