/** Assignment of one guild to a member, with a queue of senders that wait while the assignment changes. */
export class GuildAssignment<Member> {
  readonly guildId: string;
  member: Member | null = null;
  #failure: { readonly error: unknown } | null = null;
  #pending = 0;
  /** Resolves when the last task has ended, successfully or not. */
  #lastTask: Promise<void> = Promise.resolve();
  #waiters: (() => void)[] = [];

  constructor(guildId: string) {
    this.guildId = guildId;
  }

  /** Whether a task is running or scheduled. */
  get isPending(): boolean {
    return this.#pending > 0;
  }

  /** Error of the last task; null when it succeeded. */
  get failure(): { readonly error: unknown } | null {
    return this.#failure;
  }

  /**
   * Schedules a task that changes the member. Tasks run one after the other, even after failures; waiting
   * senders resume after the last one.
   *
   * @returns Settles like the task.
   */
  schedule(task: () => Promise<void>): Promise<void> {
    this.#pending++;
    const result = this.#lastTask.then(task);
    this.#lastTask = result.then(
      () => this.#finishTask(null),
      (error: unknown) => this.#finishTask({ error }),
    );
    return result;
  }

  /** Resolves when no task is running or scheduled. */
  async settled(): Promise<void> {
    while (this.isPending) await this.#lastTask;
  }

  /**
   * Calls back when no task is running or scheduled, in the order of calls; synchronously when there is none
   * now.
   */
  whenSettled(resume: () => void): void {
    if (this.isPending) this.#waiters.push(resume);
    else resume();
  }

  #finishTask(failure: { readonly error: unknown } | null): void {
    this.#failure = failure;
    this.#pending--;
    if (this.isPending) return;
    // Synchronous and in order: a new sender must not overtake the waiting ones.
    for (const resume of this.#waiters.splice(0)) resume();
  }
}
