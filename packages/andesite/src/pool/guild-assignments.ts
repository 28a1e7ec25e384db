import type { AbstractWebSocket } from "../web-socket/abstract-web-socket.ts";
import type { AbstractWebSocketClient } from "../web-socket/abstract-web-socket-client.ts";
import type { PlayerTransfer } from "../web-socket/player-transfer.ts";
import type { ConnectionWatch } from "./connection-watch.ts";
import { GuildAssignment } from "./guild-assignment.ts";

/** A member of a WebSocket pool, with its guilds and the state of its connection. */
export interface PoolMember {
  readonly client: AbstractWebSocket;
  /** The connection behind the client; null for a pool. */
  readonly connection: AbstractWebSocketClient | null;
  /** Null for implementations other than `WebSocketBase`. */
  readonly transfer: PlayerTransfer | null;
  readonly guildIds: Set<string>;
  readonly watch: ConnectionWatch;
  /** Removes all listeners from the client. */
  detach(): void;
}

/** Assignment of one guild in a WebSocket pool. */
export type PoolAssignment = GuildAssignment<PoolMember>;

/** Assignments of guilds to the members of a WebSocket pool. */
export class GuildAssignments {
  readonly #assignments = new Map<string, PoolAssignment>();

  /** Returns the member of a guild; null when none is assigned. */
  memberOf(guildId: string): PoolMember | null {
    return this.#assignments.get(guildId)?.member ?? null;
  }

  /** Returns the assignment of a guild, and creates an empty one if there is none. */
  getOrCreate(guildId: string): PoolAssignment {
    const found = this.#assignments.get(guildId);
    if (found) return found;
    const assignment: PoolAssignment = new GuildAssignment(guildId);
    this.#assignments.set(guildId, assignment);
    return assignment;
  }

  /** Assigns a guild to a member, or (null) to none. */
  assign(assignment: PoolAssignment, member: PoolMember | null): void {
    assignment.member?.guildIds.delete(assignment.guildId);
    assignment.member = member;
    member?.guildIds.add(assignment.guildId);
  }

  /** Removes all guilds from a member. */
  unassignAll(member: PoolMember): void {
    for (const guildId of [...member.guildIds]) {
      const assignment = this.getOrCreate(guildId);
      if (assignment.member === member) this.assign(assignment, null);
      this.removeUnused(assignment);
    }
    member.guildIds.clear();
  }

  /** Removes an assignment that has no member and no task. */
  removeUnused(assignment: PoolAssignment): void {
    if (assignment.member || assignment.isPending) return;
    if (this.#assignments.get(assignment.guildId) === assignment)
      this.#assignments.delete(assignment.guildId);
  }
}
