/** Where the messages of one guild go, and who waits while that is being decided. */
export class GuildAssignment<Member> {
  readonly guildId: string;
  member: Member | null = null;
  #failure: { readonly error: unknown } | null = null;
  #pending = 0;
  /** Ends with the last decision, however that ends. */
  #lastTask: Promise<void> = Promise.resolve();
  #waiters: (() => void)[] = [];

  constructor(guildId: string) {
    this.guildId = guildId;
  }

  /** Whether the member is being decided on. */
  get isPending(): boolean {
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
  schedule(decision: () => Promise<void>): Promise<void> {
    this.#pending++;
    const work = this.#lastTask.then(decision);
    this.#lastTask = work.then(
      () => this.#finishTask(null),
      (error: unknown) => this.#finishTask({ error }),
    );
    return work;
  }

  /** Resolves when nothing is being decided any more. */
  async settled(): Promise<void> {
    while (this.isPending) await this.#lastTask;
  }

  /** Calls back, in the order of calls, when there is nothing to wait for. */
  whenSettled(go: () => void): void {
    if (this.isPending) this.#waiters.push(go);
    else go();
  }

  #finishTask(failure: { readonly error: unknown } | null): void {
    this.#failure = failure;
    this.#pending--;
    if (this.isPending) return;
    // At once and in order: whoever comes now must not get before those who have waited.
    for (const go of this.#waiters.splice(0)) go();
  }
}
