import type { AbstractWebSocketClient } from "../web-socket/abstract-web-socket-client.ts";
import type { Handover } from "../web-socket/player-transfer.ts";
import type { ConnectionWatch } from "./connection-watch.ts";
import { GuildSlot } from "./guild-assignment.ts";

/** What a WebSocket pool knows about one of its members. */
export interface PoolMember {
  readonly client: AbstractWebSocketClient;
  /** Null for a client of another make. */
  readonly handover: Handover | null;
  readonly guildIds: Set<string>;
  readonly watch: ConnectionWatch;
  /** Ends what the membership began. */
  leave(): void;
}

/** The slot of one guild in a WebSocket pool. */
export type Slot = GuildSlot<PoolMember>;

/** Which guild belongs to which member of a WebSocket pool. */
export class Assignments {
  readonly #slots = new Map<string, Slot>();

  /** The member of a guild; null when it has none. */
  memberOf(guildId: string): PoolMember | null {
    return this.#slots.get(guildId)?.member ?? null;
  }

  /** The slot of a guild, which is made when it has none. */
  slotOf(guildId: string): Slot {
    const found = this.#slots.get(guildId);
    if (found) return found;
    const slot: Slot = new GuildSlot(guildId);
    this.#slots.set(guildId, slot);
    return slot;
  }

  /** Gives a guild to a member, or to nobody. */
  place(slot: Slot, member: PoolMember | null): void {
    slot.member?.guildIds.delete(slot.guildId);
    slot.member = member;
    member?.guildIds.add(slot.guildId);
  }

  /** Takes all its guilds from a member. */
  clear(member: PoolMember): void {
    for (const guildId of [...member.guildIds]) {
      const slot = this.slotOf(guildId);
      if (slot.member === member) this.place(slot, null);
      this.tidy(slot);
    }
    member.guildIds.clear();
  }

  /** Forgets a slot of which nothing is known and nothing decided. */
  tidy(slot: Slot): void {
    if (slot.member || slot.busy) return;
    if (this.#slots.get(slot.guildId) === slot) this.#slots.delete(slot.guildId);
  }
}
