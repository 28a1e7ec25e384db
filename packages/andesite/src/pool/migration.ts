import { Deadline, raceSignal } from "../deadline.ts";
import { Gate } from "../gate.ts";
import type { AbstractState } from "../state/abstract-state.ts";
import type { Outgoing } from "../web-socket/outbox.ts";
import { payloadOf } from "../web-socket/outbox.ts";
import { movedPlayerMessages } from "../web-socket/player-state-messages.ts";
import type { Assignments, PoolMember, Slot } from "./guild-assignments.ts";
import type { WebSocketPoolSettings } from "./web-socket-pool-options.ts";

/** What a {@link Migration} works with. */
export interface MigrationOptions {
  readonly assignments: Assignments;
  readonly settings: WebSocketPoolSettings;
  /** The state that counts at the moment. */
  state(): AbstractState | null;
  /** The best member for a guild beside one; null when there is none. */
  findBest(guildId: string, except: PoolMember | null): Promise<PoolMember | null>;
  /** Gives a guild to a member. */
  place(slot: Slot, member: PoolMember | null): void;
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
  readonly #gate: Gate;

  constructor(options: MigrationOptions) {
    this.#options = options;
    this.#gate = new Gate(options.settings.migrationConcurrency);
  }

  /** Ends a membership and brings the guilds to others. Never rejects. */
  async pull(member: PoolMember): Promise<void> {
    const { assignments, findBest, remove } = this.#options;
    // Before anything else happens, so that what is queued is neither rejected nor transmitted there.
    const guilds = [...member.guildIds].map((guildId) => ({
      slot: assignments.slotOf(guildId),
      messages: member.handover?.release(guildId) ?? [],
    }));
    const moves = guilds.map(({ slot, messages }) =>
      this.#decide(slot, async () => {
        try {
          await this.#move(slot, slot.member ?? (await findBest(slot.guildId, null)), messages);
        } catch (error) {
          this.#giveUp(messages, error);
        }
      }),
    );
    if (!member.handover && member.client.connected) {
      for (const { slot } of guilds) member.client.send(slot.guildId, "destroy", {}).catch(() => {});
    }
    remove(member);
    await Promise.allSettled(moves);
    for (const { slot } of guilds) assignments.tidy(slot);
  }

  /** Brings the guilds of a member that cannot be reached to members that can be, as far as there are any. */
  async evacuate(member: PoolMember): Promise<void> {
    const { assignments, findBest, problem } = this.#options;
    const moves = [...member.guildIds].map((guildId) => {
      const slot = assignments.slotOf(guildId);
      const isStuck = () => slot.member === member && member.watch.unreachable;
      return this.#decide(slot, async () => {
        if (!isStuck()) return;
        const target = await findBest(guildId, member);
        if (!target || target.watch.unreachable || !isStuck()) return;
        const messages = member.handover?.release(guildId) ?? [];
        try {
          await this.#move(slot, target, messages);
        } catch (error) {
          this.#giveUp(messages, error);
        }
      });
    });
    const failed = (await Promise.allSettled(moves)).filter(({ status }) => status === "rejected");
    if (failed.length === 0) return;
    for (const { reason } of failed as readonly PromiseRejectedResult[]) problem(reason);
    member.watch.retry();
  }

  /** Decides on a guild's member at once as far as its senders are concerned, in fact when it is its turn. */
  #decide(slot: Slot, decision: () => Promise<void>): Promise<void> {
    return slot.decide(() => this.#gate.run(decision));
  }

  /** Makes a member the one of a guild and creates its player there; what was not carried out follows. */
  async #move(slot: Slot, target: PoolMember | null, messages: readonly Outgoing[]): Promise<void> {
    this.#options.place(slot, target);
    await this.#bring(slot, target, messages);
    this.#options.moved(slot.guildId, target);
  }

  async #bring({ guildId }: Slot, target: PoolMember | null, messages: readonly Outgoing[]): Promise<void> {
    if (!target) {
      for (const { reject } of messages) reject(this.#options.nobody());
      return;
    }
    // What is sent again destroys it, and what comes after that does not build on what was before.
    const createsPlayer = !messages.some(({ op }) => op === "destroy");
    if (target.handover) {
      if (createsPlayer) await target.handover.adopt(guildId);
      target.handover.accept(messages);
      return;
    }
    const { client } = target;
    // Not awaited: the target may be connecting, and what follows stands behind this in its queue.
    for (const { op, payload } of createsPlayer ? await this.#restoring(guildId) : []) {
      client.send(guildId, op, payload).catch(() => {});
    }
    for (const message of messages) {
      client.send(guildId, message.op, payloadOf(message)).then(message.resolve, message.reject);
    }
  }

  /** What brings a player back; nothing without a state, or when the state fails. */
  async #restoring(guildId: string) {
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

  #giveUp(messages: readonly Outgoing[], error: unknown): void {
    for (const { reject } of messages) reject(error);
    this.#options.problem(error);
  }
}
