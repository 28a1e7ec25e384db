/** More than any call holds that is end-to-end encrypted. */
const maxMembers = 10_000;

/** Those who are in the call beside us, as the gateway tells it: nobody else is let into the group. */
export class CallMembers {
  readonly #ids = new Set<string>();

  /** In the order in which they came. */
  get ids(): readonly string[] {
    return [...this.#ids];
  }

  /** Whether nobody else is there. */
  get isEmpty(): boolean {
    return this.#ids.size === 0;
  }

  /** Somebody has joined; whoever comes when the call is full is not known here. */
  add(ids: readonly string[]): void {
    for (const id of ids) if (this.#ids.size < maxMembers) this.#ids.add(id);
  }

  /** Somebody has left. */
  remove(id: string): void {
    this.#ids.delete(id);
  }
}
