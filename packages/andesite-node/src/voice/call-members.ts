/** Maximum number of members, above what any end-to-end encrypted call has. */
const maxMembers = 10_000;

/** Other members of the call, as reported by the gateway. Only they are admitted to the MLS group. */
export class CallMembers {
  readonly #ids = new Set<string>();

  /** User ids in the order in which they joined. */
  get ids(): readonly string[] {
    return [...this.#ids];
  }

  /** Whether the call has no other members. */
  get isEmpty(): boolean {
    return this.#ids.size === 0;
  }

  /** Adds members that joined; ignores those above the limit. */
  add(ids: readonly string[]): void {
    for (const id of ids) if (this.#ids.size < maxMembers) this.#ids.add(id);
  }

  /** Removes a member that left. */
  remove(id: string): void {
    this.#ids.delete(id);
  }
}
