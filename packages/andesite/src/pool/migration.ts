import { Semaphore } from "@asterite/util";
import { Deadline, raceSignal } from "../deadline.ts";
import type { AbstractWebSocket } from "../web-socket/abstract-web-socket.ts";
import { emitEvent, emitProblem } from "../web-socket/emit-event.ts";
import type { OutgoingMessage } from "../web-socket/outbox.ts";
import { payloadOf } from "../web-socket/outbox.ts";
import { movedPlayerMessages } from "../web-socket/player-state-messages.ts";
import { PoolGuildMoveEvent } from "./events.ts";
import type { GuildAssignments, PoolAssignment, PoolMember } from "./guild-assignments.ts";
import { poolEntry } from "./pool-entry.ts";
import type { WebSocketPoolSettings } from "./web-socket-pool-options.ts";

/** Operations on a pool's members that a {@link Migration} needs. */
export interface MigrationHost {
  /** Pool whose guilds are moved. Moves and errors are emitted on its event target. */
  readonly pool: AbstractWebSocket;
  readonly assignments: GuildAssignments;
  /** Returns the best member for a guild, other than `except`; null when there is none. */
  findBestMember(guildId: string, except: PoolMember | null): Promise<PoolMember | null>;
  /** Assigns a guild to a member. */
  assign(assignment: PoolAssignment, member: PoolMember | null): void;
  /** Removes a member from the pool. */
  remove(member: PoolMember): void;
  /** Returns the error with which messages are rejected when their guild has no member. */
  noMemberError(): Error;
}

/** Moves guilds from one member of a pool to other members. */
export class Migration {
  readonly #host: MigrationHost;
  readonly #settings: WebSocketPoolSettings;
  readonly #semaphore: Semaphore;

  constructor(host: MigrationHost, settings: WebSocketPoolSettings) {
    this.#host = host;
    this.#settings = settings;
    this.#semaphore = new Semaphore(Math.floor(settings.migrationConcurrency));
  }

  /** Removes a member and moves its guilds to other members. Never rejects. */
  async removeMember(member: PoolMember): Promise<void> {
    await this.#evacuate(member, "removed", () => this.#host.remove(member));
  }

  /** Moves the guilds of a member that stays in the pool but is no longer used. Never rejects. */
  async excludeMember(member: PoolMember): Promise<void> {
    await this.#evacuate(member, "refused", () => this.#host.assignments.unassignAll(member));
  }

  /** @param detach - Ends the assignments of the member. */
  async #evacuate(member: PoolMember, reason: string, detach: () => void): Promise<void> {
    const { assignments } = this.#host;
    this.#logStart(member, reason);
    // Synchronous and first, so that queued messages are neither rejected nor transmitted by this member.
    const guilds = [...member.guildIds].map((guildId) => ({
      assignment: assignments.getOrCreate(guildId),
      messages: member.transfer?.releaseGuild(guildId) ?? [],
    }));
    const moves = guilds.map(({ assignment, messages }) =>
      this.#schedule(assignment, async () => {
        try {
          await this.#moveGuild(
            assignment,
            assignment.member ?? (await this.#host.findBestMember(assignment.guildId, null)),
            messages,
          );
        } catch (error) {
          this.#rejectMessages(messages, error);
        }
      }),
    );
    if (!member.transfer && (member.connection?.connected ?? !member.client.closed)) {
      for (const { assignment } of guilds)
        member.client.send(assignment.guildId, "destroy", {}).catch(() => {});
    }
    detach();
    await Promise.allSettled(moves);
    for (const { assignment } of guilds) assignments.removeUnused(assignment);
  }

  /** Moves the guilds of an unreachable member to reachable members, as far as there are any. */
  async drainMember(member: PoolMember): Promise<void> {
    const { assignments } = this.#host;
    this.#logStart(member, "unreachable");
    const moves = [...member.guildIds].map((guildId) => {
      const assignment = assignments.getOrCreate(guildId);
      const isStuck = () => assignment.member === member && member.watch.isUnreachable;
      return this.#schedule(assignment, async () => {
        if (!isStuck()) return;
        const target = await this.#host.findBestMember(guildId, member);
        if (!target || target.watch.isUnreachable || !isStuck()) return;
        const messages = member.transfer?.releaseGuild(guildId) ?? [];
        try {
          await this.#moveGuild(assignment, target, messages);
        } catch (error) {
          this.#rejectMessages(messages, error);
        }
      });
    });
    const failed = (await Promise.allSettled(moves)).filter(({ status }) => status === "rejected");
    if (failed.length === 0) return;
    for (const { reason } of failed as readonly PromiseRejectedResult[]) this.#reportProblem(reason);
    member.watch.retry();
  }

  /** Schedules a move. Senders wait from now on; the move starts when the concurrency limit allows it. */
  #schedule(assignment: PoolAssignment, move: () => Promise<void>): Promise<void> {
    return assignment.schedule(() => this.#semaphore.run(move));
  }

  /**
   * Assigns a guild to a member, creates its player there and sends the unacknowledged messages after that.
   */
  async #moveGuild(
    assignment: PoolAssignment,
    target: PoolMember | null,
    messages: readonly OutgoingMessage[],
  ): Promise<void> {
    this.#host.assign(assignment, target);
    await this.#transferPlayer(assignment, target, messages);
    const { pool } = this.#host;
    const { guildId } = assignment;
    const client = target?.client ?? null;
    this.#settings.debug?.(poolEntry("guild-moved", { guildId, client, messages: messages.length }));
    emitEvent(pool, new PoolGuildMoveEvent(pool, guildId, client));
  }

  async #transferPlayer(
    { guildId }: PoolAssignment,
    target: PoolMember | null,
    messages: readonly OutgoingMessage[],
  ): Promise<void> {
    if (!target) {
      for (const { reject } of messages) reject(this.#host.noMemberError());
      return;
    }
    // A `destroy` among the messages ends the player; messages after it do not build on the old player.
    const createsPlayer = !messages.some(({ op }) => op === "destroy");
    if (target.transfer) {
      if (createsPlayer) await target.transfer.adoptGuild(guildId);
      target.transfer.acceptMessages(messages);
      return;
    }
    const { client } = target;
    // Not awaited: the target may be connecting, and its queue keeps the order.
    for (const { op, payload } of createsPlayer ? await this.#restoreMessages(guildId) : []) {
      client.send(guildId, op, payload).catch((error) => this.#reportProblem(error));
    }
    for (const message of messages) {
      client.send(guildId, message.op, payloadOf(message)).then(message.resolve, message.reject);
    }
  }

  /**
   * Returns the messages that restore a player; none without a state, or when reading it fails, which is
   * reported.
   */
  async #restoreMessages(guildId: string) {
    const { state } = this.#host.pool;
    if (!state) return [];
    const read = async () => {
      await state.whenHandled(guildId);
      return await movedPlayerMessages(await state.get(guildId));
    };
    using deadline = new Deadline([], this.#settings.restoreTimeoutMs, this.#settings.clock);
    try {
      return await raceSignal(read(), deadline.signal);
    } catch (error) {
      this.#reportProblem(error);
      return [];
    }
  }

  #logStart({ client, guildIds }: PoolMember, reason: string): void {
    this.#settings.debug?.(poolEntry("migration-started", { client, reason, guilds: guildIds.size }));
  }

  #rejectMessages(messages: readonly OutgoingMessage[], error: unknown): void {
    for (const { reject } of messages) reject(error);
    this.#reportProblem(error);
  }

  #reportProblem(error: unknown): void {
    const { pool } = this.#host;
    emitProblem(pool, error);
  }
}
