import { isOperationName, operations } from "@asterite/andesite-protocol";
import type { Outgoing } from "./outbox.ts";

/** An operation that was transmitted and whose effect is not known yet. */
interface Entry {
  readonly guildId: string;
  /** Null: the destruction of a player that was moved away. */
  readonly message: Outgoing | null;
  sequence: number;
  answered: boolean;
  /** A track whose start the node has not reported: until then no state knows it. */
  awaitsStart: boolean;
}

/** How many operations of one guild are remembered at most; a node that answers never has more. */
const entriesPerGuild = 256;
const replacing = new Set(["play", "stop", "destroy"]);

/**
 * Knows which operations the node has carried out, so that the others can be sent again elsewhere.
 *
 * Player updates cannot tell: they also come on their own. But a node handles what it receives in order, and
 * returns a ping with everything that was in it. So a numbered ping, the barrier, follows the operations, and
 * its answer says that all those before it have been carried out.
 */
export class Ledger {
  /** What is not certain, by guild; a guild without anything uncertain is here as well while it has a player. */
  readonly #guilds = new Map<string, Entry[]>();
  #unanswered: Entry[] = [];
  #sequence = 0;
  #barrierId = 0;
  readonly #barriers = new Map<number, number>();
  /** Guilds whose players were moved away from this node, until it has destroyed them. */
  readonly #stale = new Map<string, "known" | "told">();

  /** The guilds that have a player on this node, as far as is known. */
  get guilds(): string[] {
    return [...this.#guilds.keys()];
  }

  /** Whether a guild has a player on this node, as far as is known. */
  has(guildId: string): boolean {
    return this.#guilds.has(guildId);
  }

  /** The guilds whose players this node has to be told to destroy. */
  get stale(): string[] {
    return [...this.#stale].flatMap(([guildId, state]) => (state === "known" ? guildId : []));
  }

  /** Whether what comes from the node for a guild is about a player that was moved away. */
  isStale(guildId: string): boolean {
    return this.#stale.has(guildId);
  }

  /** Notes a transmitted message; true when a barrier should follow. */
  transmitted(message: Outgoing): boolean {
    const { guildId, op } = message;
    if (op === "get-player" || !isOperationName(op) || !operations[op].answersPlayer) return false;
    const entries = this.#guilds.get(guildId) ?? [];
    this.#guilds.set(guildId, entries);
    const entry: Entry = {
      guildId,
      message,
      sequence: ++this.#sequence,
      answered: false,
      awaitsStart: op === "play" && message.payload["noReplace"] !== true,
    };
    entries.push(entry);
    if (entries.length > entriesPerGuild) entries.shift();
    this.#unanswered.push(entry);
    return this.#barriers.size === 0;
  }

  /** Notes that a player that was moved away is being destroyed. A barrier has to follow. */
  destroying(guildId: string): void {
    this.#stale.set(guildId, "told");
    this.#unanswered.push({
      guildId,
      message: null,
      sequence: ++this.#sequence,
      answered: false,
      awaitsStart: false,
    });
  }

  /** A ping whose answer tells that the node has carried out everything up to now. */
  barrier(): string {
    const id = ++this.#barrierId;
    this.#barriers.set(id, this.#sequence);
    return JSON.stringify({ op: "ping", asteriteBarrier: id });
  }

  /**
   * Takes what a node sent; null when it is no answer to a barrier.
   *
   * @returns Whether another barrier should follow.
   */
  passed(body: Readonly<Record<string, unknown>>): boolean | null {
    const { op, asteriteBarrier: id } = body;
    if (op !== "pong" || typeof id !== "number") return null;
    const covered = this.#barriers.get(id);
    this.#barriers.delete(id);
    if (covered === undefined) return false;
    const last = this.#unanswered.findIndex(({ sequence }) => sequence > covered);
    for (const entry of this.#unanswered.splice(0, last === -1 ? this.#unanswered.length : last)) {
      this.#answered(entry);
    }
    return this.#unanswered.length > 0 && this.#barriers.size === 0;
  }

  /** Notes that the node reported the start of a track. */
  started(guildId: string): void {
    const entries = this.#guilds.get(guildId);
    for (const entry of [...(entries ?? [])]) {
      entry.awaitsStart = false;
      if (entry.answered) remove(entries, entry);
    }
  }

  /** Notes that the connection was lost: nothing will be answered any more. */
  lost(): void {
    this.#barriers.clear();
    this.#unanswered = [];
    for (const guildId of this.#stale.keys()) this.#stale.set(guildId, "known");
  }

  /** Hands out what is uncertain for a guild, in the order of sending, to be sent again. */
  forget(guildId: string): Outgoing[] {
    const messages = this.#uncertain(guildId);
    if (this.#guilds.has(guildId)) this.#guilds.set(guildId, []);
    return messages;
  }

  /** Gives a guild away: what is uncertain is the caller's now, and its player here is to be destroyed. */
  release(guildId: string): Outgoing[] {
    const messages = this.#uncertain(guildId);
    this.#guilds.delete(guildId);
    this.#stale.set(guildId, "known");
    return messages;
  }

  /** Forgets everything. */
  clear(): void {
    this.lost();
    this.#guilds.clear();
    this.#stale.clear();
  }

  #uncertain(guildId: string): Outgoing[] {
    return (this.#guilds.get(guildId) ?? []).flatMap(({ message }) => message ?? []);
  }

  #answered(entry: Entry): void {
    const { guildId, message } = entry;
    if (!message) {
      this.#stale.delete(guildId);
      return;
    }
    entry.answered = true;
    const entries = this.#guilds.get(guildId);
    if (!entries) return;
    if (replacing.has(message.op)) {
      // Whatever was to be played before this has no effect any more.
      for (const earlier of entries.slice(0, Math.max(0, entries.indexOf(entry)))) {
        if (earlier.answered) remove(entries, earlier);
      }
    }
    if (!entry.awaitsStart) remove(entries, entry);
    if (message.op === "destroy" && entries.length === 0) this.#guilds.delete(guildId);
  }
}

function remove(entries: Entry[] | undefined, entry: Entry): void {
  const index = entries?.indexOf(entry) ?? -1;
  if (index !== -1) entries?.splice(index, 1);
}
