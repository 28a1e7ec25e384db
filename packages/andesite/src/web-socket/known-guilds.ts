/** How many guilds a node may bring up that the program has never asked it about. */
const strangerLimit = 1_000;

/** Bounds for how many guilds a node can make a state remember players. */
export class KnownGuilds {
  readonly #addressed = new Set<string>();
  readonly #strangers = new Set<string>();

  /** Notes that the program has sent something for a guild. */
  address(guildId: string): void {
    this.#addressed.add(guildId);
    this.#strangers.delete(guildId);
  }

  /** Whether what the node says about a guild may be remembered. */
  admit(guildId: string): boolean {
    if (this.#addressed.has(guildId) || this.#strangers.has(guildId)) return true;
    if (this.#strangers.size >= strangerLimit) return false;
    this.#strangers.add(guildId);
    return true;
  }
}
