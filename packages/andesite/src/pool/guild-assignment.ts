/** Where the messages of one guild go, and who waits while that is being decided. */
export class GuildSlot<Member> {
  readonly guildId: string;
  member: Member | null = null;
  #failure: { readonly error: unknown } | null = null;
  #pending = 0;
  /** Ends with the last decision, however that ends. */
  #last: Promise<void> = Promise.resolve();
  #line: (() => void)[] = [];

  constructor(guildId: string) {
    this.guildId = guildId;
  }

  /** Whether the member is being decided on. */
  get busy(): boolean {
    return this.#pending > 0;
  }

  /** What the last decision failed with, if it did. */
  get failure(): { readonly error: unknown } | null {
    return this.#failure;
  }

  /**
   * Decides on the member, one decision after the other, whatever became of those before. Who waits goes on after
   * the last one.
   *
   * @returns Settles like the decision.
   */
  decide(decision: () => Promise<void>): Promise<void> {
    this.#pending++;
    const work = this.#last.then(decision);
    this.#last = work.then(
      () => this.#decided(null),
      (error: unknown) => this.#decided({ error }),
    );
    return work;
  }

  /** Resolves when nothing is being decided any more. */
  async decided(): Promise<void> {
    while (this.busy) await this.#last;
  }

  /** Calls back, in the order of calls, when there is nothing to wait for. */
  whenDecided(go: () => void): void {
    if (this.busy) this.#line.push(go);
    else go();
  }

  #decided(failure: { readonly error: unknown } | null): void {
    this.#failure = failure;
    this.#pending--;
    if (this.busy) return;
    // At once and in order: whoever comes now must not get before those who have waited.
    for (const go of this.#line.splice(0)) go();
  }
}
