/** Where the messages of one guild go, and who waits while that is being decided. */
export class GuildSlot<Client> {
  readonly guildId: string;
  client: Client | null = null;
  #work: Promise<void> | null = null;
  #line: (() => void)[] = [];

  constructor(guildId: string) {
    this.guildId = guildId;
  }

  /** Whether the client is being decided on. */
  get busy(): boolean {
    return this.#work !== null;
  }

  /** Whether nothing is known and nobody waits. */
  get unused(): boolean {
    return this.client === null && this.#work === null;
  }

  /** Decides on the client, one decision after the other. Who waits goes on after the last one. */
  decide(decision: () => Promise<void>): Promise<void> {
    const work = (this.#work ?? Promise.resolve()).then(decision).finally(() => {
      if (this.#work !== work) return;
      this.#work = null;
      // At once and in order: whoever comes now must not get before those who have waited.
      for (const go of this.#line.splice(0)) go();
    });
    this.#work = work;
    return work;
  }

  /** Resolves when the decision under way has been made. */
  async decided(): Promise<void> {
    while (this.busy) await this.#work?.catch(() => {});
  }

  /** Calls back, in the order of calls, when there is nothing to wait for. */
  whenDecided(go: () => void): void {
    if (this.busy) this.#line.push(go);
    else go();
  }
}
