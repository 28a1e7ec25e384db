import { Semaphore } from "@asterite/util";
import { Deadline, raceSignal } from "../deadline.ts";
import type { AbstractState } from "../state/abstract-state.ts";
import type { OutgoingMessage } from "../web-socket/outbox.ts";
import { payloadOf } from "../web-socket/outbox.ts";
import { movedPlayerMessages } from "../web-socket/player-state-messages.ts";
import type { GuildAssignments, PoolAssignment, PoolMember } from "./guild-assignments.ts";
import type { WebSocketPoolSettings } from "./web-socket-pool-options.ts";

/** What a {@link Migration} works with. */
export interface MigrationOptions {
  readonly assignments: GuildAssignments;
  readonly settings: WebSocketPoolSettings;
  /** The state that counts at the moment. */
  state(): AbstractState | null;
  /** The best member for a guild beside one; null when there is none. */
  findBest(guildId: string, except: PoolMember | null): Promise<PoolMember | null>;
  /** Gives a guild to a member. */
  place(slot: PoolAssignment, member: PoolMember | null): void;
  /** Is told when a guild has moved, and what was sent for it before has followed. */
  moved(guildId: string, member: PoolMember | null): void;
  /** Ends a membership. */
  remove(member: PoolMember): void;
  /** What those get who sent something to a guild for which there is no member. */
  nobody(): Error;
  /** Is told of what goes wrong with one guild; the others go on. */
  problem(error: unknown): void;
}

/** Moves guilds from one member of a pool to others. */
export class Migration {
  readonly #options: MigrationOptions;
  readonly #semaphore: Semaphore;

  constructor(options: MigrationOptions) {
    this.#options = options;
    this.#semaphore = new Semaphore(Math.floor(options.settings.migrationConcurrency));
  }

  /** Ends a membership and brings the guilds to others. Never rejects. */
  async removeMember(member: PoolMember): Promise<void> {
    const { assignments, findBest, remove } = this.#options;
    // Before anything else happens, so that what is queued is neither rejected nor transmitted there.
    const guilds = [...member.guildIds].map((guildId) => ({
      slot: assignments.getOrCreate(guildId),
      messages: member.transfer?.releaseGuild(guildId) ?? [],
    }));
    const moves = guilds.map(({ slot, messages }) =>
      this.#schedule(slot, async () => {
        try {
          await this.#moveGuild(slot, slot.member ?? (await findBest(slot.guildId, null)), messages);
        } catch (error) {
          this.#rejectMessages(messages, error);
        }
      }),
    );
    if (!member.transfer && member.client.connected) {
      for (const { slot } of guilds) member.client.send(slot.guildId, "destroy", {}).catch(() => {});
    }
    remove(member);
    await Promise.allSettled(moves);
    for (const { slot } of guilds) assignments.removeUnused(slot);
  }

  /** Brings the guilds of a member that cannot be reached to members that can be, as far as there are any. */
  async drainMember(member: PoolMember): Promise<void> {
    const { assignments, findBest, problem } = this.#options;
    const moves = [...member.guildIds].map((guildId) => {
      const slot = assignments.getOrCreate(guildId);
      const isStuck = () => slot.member === member && member.watch.isUnreachable;
      return this.#schedule(slot, async () => {
        if (!isStuck()) return;
        const target = await findBest(guildId, member);
        if (!target || target.watch.isUnreachable || !isStuck()) return;
        const messages = member.transfer?.releaseGuild(guildId) ?? [];
        try {
          await this.#moveGuild(slot, target, messages);
        } catch (error) {
          this.#rejectMessages(messages, error);
        }
      });
    });
    const failed = (await Promise.allSettled(moves)).filter(({ status }) => status === "rejected");
    if (failed.length === 0) return;
    for (const { reason } of failed as readonly PromiseRejectedResult[]) problem(reason);
    member.watch.retry();
  }

  /** Decides on a guild's member at once as far as its senders are concerned, in fact when it is its turn. */
  #schedule(slot: PoolAssignment, decision: () => Promise<void>): Promise<void> {
    return slot.schedule(() => this.#semaphore.run(decision));
  }

  /** Makes a member the one of a guild and creates its player there; what was not carried out follows. */
  async #moveGuild(
    slot: PoolAssignment,
    target: PoolMember | null,
    messages: readonly OutgoingMessage[],
  ): Promise<void> {
    this.#options.place(slot, target);
    await this.#transferPlayer(slot, target, messages);
    this.#options.moved(slot.guildId, target);
  }

  async #transferPlayer(
    { guildId }: PoolAssignment,
    target: PoolMember | null,
    messages: readonly OutgoingMessage[],
  ): Promise<void> {
    if (!target) {
      for (const { reject } of messages) reject(this.#options.nobody());
      return;
    }
    // What is sent again destroys it, and what comes after that does not build on what was before.
    const createsPlayer = !messages.some(({ op }) => op === "destroy");
    if (target.transfer) {
      if (createsPlayer) await target.transfer.adoptGuild(guildId);
      target.transfer.acceptMessages(messages);
      return;
    }
    const { client } = target;
    // Not awaited: the target may be connecting, and what follows stands behind this in its queue.
    for (const { op, payload } of createsPlayer ? await this.#restoreMessages(guildId) : []) {
      client.send(guildId, op, payload).catch(() => {});
    }
    for (const message of messages) {
      client.send(guildId, message.op, payloadOf(message)).then(message.resolve, message.reject);
    }
  }

  /** What brings a player back; nothing without a state, or when the state fails. */
  async #restoreMessages(guildId: string) {
    const { problem, settings, state: current } = this.#options;
    const state = current();
    if (!state) return [];
    const read = async () => {
      await state.whenHandled(guildId);
      return await movedPlayerMessages(await state.get(guildId));
    };
    using deadline = new Deadline([], settings.restoreTimeoutMs, settings.clock);
    try {
      return await raceSignal(read(), deadline.signal);
    } catch (error) {
      problem(error);
      return [];
    }
  }

  #rejectMessages(messages: readonly OutgoingMessage[], error: unknown): void {
    for (const { reject } of messages) reject(error);
    this.#options.problem(error);
  }
}
