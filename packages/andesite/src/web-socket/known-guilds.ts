/** Bounds for how many guilds a node can make a state remember players. */
export class KnownGuilds {
  readonly #maxUnknown: number;
  readonly #addressed = new Set<string>();
  readonly #unknown = new Set<string>();

  /** @param maxUnknown - How many guilds a node may bring up that the program has never asked it about. */
  constructor(maxUnknown: number) {
    this.#maxUnknown = maxUnknown;
  }

  /** Notes that the program has sent something for a guild. */
  markAddressed(guildId: string): void {
    this.#addressed.add(guildId);
    this.#unknown.delete(guildId);
  }

  /** Whether what the node says about a guild may be remembered. */
  admit(guildId: string): boolean {
    if (this.#addressed.has(guildId) || this.#unknown.has(guildId)) return true;
    if (this.#unknown.size >= this.#maxUnknown) return false;
    this.#unknown.add(guildId);
    return true;
  }
}
