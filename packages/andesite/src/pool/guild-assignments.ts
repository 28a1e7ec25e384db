import type { AbstractWebSocketClient } from "../web-socket/abstract-web-socket-client.ts";
import type { PlayerTransfer } from "../web-socket/player-transfer.ts";
import type { ConnectionWatch } from "./connection-watch.ts";
import { GuildAssignment } from "./guild-assignment.ts";

/** What a WebSocket pool knows about one of its members. */
export interface PoolMember {
  readonly client: AbstractWebSocketClient;
  /** Null for a client of another make. */
  readonly transfer: PlayerTransfer | null;
  readonly guildIds: Set<string>;
  readonly watch: ConnectionWatch;
  /** Ends what the membership began. */
  detach(): void;
}

/** The slot of one guild in a WebSocket pool. */
export type PoolAssignment = GuildAssignment<PoolMember>;

/** Which guild belongs to which member of a WebSocket pool. */
export class GuildAssignments {
  readonly #assignments = new Map<string, PoolAssignment>();

  /** The member of a guild; null when it has none. */
  memberOf(guildId: string): PoolMember | null {
    return this.#assignments.get(guildId)?.member ?? null;
  }

  /** The slot of a guild, which is made when it has none. */
  getOrCreate(guildId: string): PoolAssignment {
    const found = this.#assignments.get(guildId);
    if (found) return found;
    const slot: PoolAssignment = new GuildAssignment(guildId);
    this.#assignments.set(guildId, slot);
    return slot;
  }

  /** Gives a guild to a member, or to nobody. */
  assign(slot: PoolAssignment, member: PoolMember | null): void {
    slot.member?.guildIds.delete(slot.guildId);
    slot.member = member;
    member?.guildIds.add(slot.guildId);
  }

  /** Takes all its guilds from a member. */
  unassignAll(member: PoolMember): void {
    for (const guildId of [...member.guildIds]) {
      const slot = this.getOrCreate(guildId);
      if (slot.member === member) this.assign(slot, null);
      this.removeUnused(slot);
    }
    member.guildIds.clear();
  }

  /** Forgets a slot of which nothing is known and nothing decided. */
  removeUnused(slot: PoolAssignment): void {
    if (slot.member || slot.isPending) return;
    if (this.#assignments.get(slot.guildId) === slot) this.#assignments.delete(slot.guildId);
  }
}
