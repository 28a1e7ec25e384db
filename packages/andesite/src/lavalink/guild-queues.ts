/** Runs the tasks of each guild one after the other, and those of different guilds concurrently. */
export class GuildQueues {
  readonly #last = new Map<string, Promise<void>>();

  /** Adds a task, which must not reject. */
  add(guildId: string, task: () => Promise<void>): void {
    const last = (this.#last.get(guildId) ?? Promise.resolve()).then(task);
    this.#last.set(guildId, last);
    void last.then(() => {
      if (this.#last.get(guildId) === last) this.#last.delete(guildId);
    });
  }

  /** Resolves when all tasks of a guild so far have ended; null for the tasks of all guilds. */
  async whenDone(guildId: string | null): Promise<void> {
    if (guildId === null) await Promise.all(this.#last.values());
    else await this.#last.get(guildId);
  }
}
