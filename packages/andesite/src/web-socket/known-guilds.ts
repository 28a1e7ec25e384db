/** Limits for how many guilds a node can add player states that the application never used. */
export class KnownGuilds {
  readonly #maxUnknown: number;
  readonly #addressed = new Set<string>();
  readonly #unknown = new Set<string>();

  /** @param maxUnknown - Admitted guilds for which the application has sent no message. */
  constructor(maxUnknown: number) {
    this.#maxUnknown = maxUnknown;
  }

  /** Records that the application has sent a message for a guild. */
  markAddressed(guildId: string): void {
    this.#addressed.add(guildId);
    this.#unknown.delete(guildId);
  }

  /** Returns whether messages of the node about a guild may be stored. */
  admit(guildId: string): boolean {
    if (this.#addressed.has(guildId) || this.#unknown.has(guildId)) return true;
    if (this.#unknown.size >= this.#maxUnknown) return false;
    this.#unknown.add(guildId);
    return true;
  }
}
