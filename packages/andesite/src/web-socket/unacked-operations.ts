import { isOperationName, operations } from "@asterite/andesite-protocol";
import { type OutgoingMessage, payloadOf } from "./outbox.ts";
import { isSameTrack } from "./same-track.ts";

/** An operation that was transmitted and whose effect is not known yet. */
interface UnackedOperation {
  readonly guildId: string;
  readonly message: OutgoingMessage;
  readonly sequence: number;
  /** The track of a `play`. */
  readonly track: string | null;
  /** Whether the node has handled it. */
  answered: boolean;
  /** Whether it is of no interest any more; it may still wait for its answer. */
  settled: boolean;
  /** A track whose start the node has not reported: until then no state knows it. */
  readonly awaitsStart: boolean;
}

/** The destruction of a player that was moved away. */
interface PendingDestroy {
  readonly guildId: string;
  readonly message: null;
  readonly sequence: number;
}

/** What a node that does not answer may make this grow to. One that answers leaves a handful. */
const limits = Object.freeze({ entriesPerGuild: 256, unanswered: 65_536, barriers: 64 });
/** After these, whatever was to be played before has no effect any more. */
const replacing = new Set(["play", "stop", "destroy"]);
/** These are undone by the next of their kind. */
const overwriting = new Set(["volume", "pause", "seek"]);

/**
 * Knows which operations the node has carried out, so that the others can be sent again elsewhere.
 *
 * Player updates cannot tell: they also come on their own. But a node handles what it receives in order, and
 * returns a ping with everything that was in it. So a numbered ping, the barrier, follows the operations, and
 * its answer says that all those before it have been carried out. So does the start of a track for its `play`.
 */
export class UnackedOperations {
  /** What is not certain, by guild; a guild without anything uncertain is here as well while it has a player. */
  readonly #guilds = new Map<string, UnackedOperation[]>();
  #unanswered: (UnackedOperation | PendingDestroy)[] = [];
  #sequence = 0;
  #barrierId = 0;
  readonly #barriers = new Map<number, number>();
  /**
   * Guilds whose players were moved away from this node. It may tell of their end after it has destroyed them, so they
   * stay here until something is sent for them again.
   */
  readonly #stale = new Map<string, "known" | "told" | "destroyed">();

  /** The guilds that have a player on this node, as far as is known. */
  get guildIds(): string[] {
    return [...this.#guilds.keys()];
  }

  /** Whether a guild has a player on this node, as far as is known. */
  hasPlayer(guildId: string): boolean {
    return this.#guilds.has(guildId);
  }

  /** The guilds whose players this node has to be told to destroy. */
  get stalePlayers(): string[] {
    return [...this.#stale].flatMap(([guildId, state]) => (state === "known" ? guildId : []));
  }

  /** Whether what comes from the node for a guild is about a player that was moved away. */
  isStalePlayer(guildId: string): boolean {
    return this.#stale.has(guildId);
  }

  /** Stands for the player that a guild has now: it is another one after the guild was given away and came back. */
  epochOf(guildId: string): object | undefined {
    return this.#guilds.get(guildId);
  }

  /** Notes that a guild is to have a player on this node. */
  addPlayer(guildId: string): void {
    if (!this.#guilds.has(guildId)) this.#guilds.set(guildId, []);
    this.markAddressed(guildId);
  }

  /** Notes that something was sent for a guild: what the node says about it is wanted again. */
  markAddressed(guildId: string): void {
    if (this.#stale.get(guildId) === "destroyed") this.#stale.delete(guildId);
  }

  /** Notes a transmitted message; true when a barrier should follow. */
  recordTransmitted(message: OutgoingMessage): boolean {
    const { guildId, op } = message;
    if (!changesPlayer(op)) return false;
    this.addPlayer(guildId);
    // What restores a player is made anew from the state whenever it is needed.
    if (!message.isTransient) this.#add(message);
    return this.#barriers.size === 0 && this.#unanswered.length > 0;
  }

  /** Notes that a player that was moved away is being destroyed. A barrier has to follow. */
  recordDestroy(guildId: string): void {
    this.#stale.set(guildId, "told");
    this.#await({ guildId, message: null, sequence: ++this.#sequence });
  }

  /** A ping whose answer tells that the node has carried out everything up to now. */
  createBarrier(): string {
    const id = ++this.#barrierId;
    this.#barriers.set(id, this.#sequence);
    if (this.#barriers.size > limits.barriers) {
      const [oldest] = this.#barriers.keys();
      if (oldest !== undefined) this.#barriers.delete(oldest);
    }
    return JSON.stringify({ op: "ping", asteriteBarrier: id });
  }

  /**
   * Takes what a node sent; null when it is no answer to a barrier.
   *
   * @returns Whether another barrier should follow.
   */
  handlePong(body: Readonly<Record<string, unknown>>): boolean | null {
    const { op, asteriteBarrier: id } = body;
    if (op !== "pong" || typeof id !== "number") return null;
    const covered = this.#barriers.get(id);
    if (covered === undefined) return false;
    // Those before it are answered in their order, so an answer that has not come by now never will.
    for (const earlier of [...this.#barriers.keys()]) if (earlier <= id) this.#barriers.delete(earlier);
    const last = this.#unanswered.findIndex(({ sequence }) => sequence > covered);
    for (const entry of this.#unanswered.splice(0, last === -1 ? this.#unanswered.length : last)) {
      if (entry.message) this.#answered(entry);
      else this.#destroyed(entry.guildId);
    }
    return this.#unanswered.length > 0 && this.#barriers.size === 0;
  }

  /** Notes that the node reported the start of a track: it has handled its `play` and everything before that. */
  acknowledgeStart(guildId: string, track: string): void {
    const entries = this.#guilds.get(guildId) ?? [];
    const index = entries.findIndex((entry) => entry.track !== null && isSameTrack(entry.track, track));
    for (const entry of entries.splice(0, index + 1)) entry.settled = true;
  }

  /** Notes that the connection was lost: nothing will be answered any more. */
  endConnection(): void {
    this.#barriers.clear();
    this.#unanswered = [];
    for (const [guildId, state] of this.#stale) if (state === "told") this.#stale.set(guildId, "known");
  }

  /** The track that the node has been told to play and whose start it has not reported; null for none. */
  unstartedTrack(guildId: string): string | null {
    return this.#entriesOf(guildId).findLast(({ answered }) => answered)?.track ?? null;
  }

  /** Whether it is uncertain whether the player of a guild has been destroyed. */
  hasUnackedDestroy(guildId: string): boolean {
    return this.#entriesOf(guildId).some(({ message }) => message.op === "destroy");
  }

  /**
   * Hands out what has to be sent again over a new connection, in the order of sending.
   *
   * @param playerLives - Whether the node still has the player; then it has everything that it answered, too.
   */
  takeUnacked(guildId: string, playerLives: boolean): OutgoingMessage[] {
    const entries = this.#entriesOf(guildId);
    if (this.hasPlayer(guildId)) this.#guilds.set(guildId, playerLives ? entries.filter(isAnswered) : []);
    return entries.filter((entry) => !(playerLives && isAnswered(entry))).map(({ message }) => message);
  }

  /** Gives a guild away: what is uncertain is the caller's now, and its player here is to be destroyed. */
  releaseGuild(guildId: string): OutgoingMessage[] {
    const entries = this.#entriesOf(guildId);
    for (const entry of entries) entry.settled = true;
    this.#guilds.delete(guildId);
    this.#stale.set(guildId, "known");
    return entries.map(({ message }) => message);
  }

  /** Forgets everything. */
  clear(): void {
    this.endConnection();
    this.#guilds.clear();
    this.#stale.clear();
  }

  #entriesOf(guildId: string): readonly UnackedOperation[] {
    return this.#guilds.get(guildId) ?? [];
  }

  #add(message: OutgoingMessage): void {
    const { guildId, op } = message;
    const { track, noReplace } = op === "play" ? payloadOf(message) : {};
    const entry: UnackedOperation = {
      guildId,
      message,
      sequence: ++this.#sequence,
      track: typeof track === "string" ? track : null,
      answered: false,
      settled: false,
      awaitsStart: typeof track === "string" && noReplace !== true,
    };
    const entries = this.#guilds.get(guildId);
    entries?.push(entry);
    if (entries && entries.length > limits.entriesPerGuild) dropOne(entries);
    this.#await(entry);
  }

  #await(entry: UnackedOperation | PendingDestroy): void {
    this.#unanswered.push(entry);
    // They stay uncertain: a node that answers nothing does not say that it has carried out anything.
    if (this.#unanswered.length > limits.unanswered) this.#unanswered.splice(0, limits.unanswered / 2);
  }

  #destroyed(guildId: string): void {
    if (this.#guilds.has(guildId)) this.#stale.delete(guildId);
    else this.#stale.set(guildId, "destroyed");
  }

  #answered(entry: UnackedOperation): void {
    if (entry.settled) return;
    const { guildId, message } = entry;
    const entries = this.#guilds.get(guildId);
    if (!entries?.includes(entry)) return;
    entry.answered = true;
    if (replacing.has(message.op)) {
      for (const earlier of entries.slice(0, entries.indexOf(entry))) {
        if (earlier.answered) remove(entries, earlier);
      }
    }
    if (!entry.awaitsStart) remove(entries, entry);
    if (message.op === "destroy" && entries.length === 0) this.#guilds.delete(guildId);
  }
}

/** Whether an operation has an effect on a player that must not be lost. */
const changesPlayer = (op: string): boolean =>
  op === "voice-server-update" ||
  (op !== "get-player" && isOperationName(op) && operations[op].answersPlayer);

const isAnswered = ({ answered }: UnackedOperation): boolean => answered;

/** Makes room: by one that a later one has undone where there is one, or else by the oldest. */
function dropOne(entries: UnackedOperation[]): void {
  const lastOf = new Map(entries.map(({ message: { op } }, index) => [op, index]));
  const undone = entries.findIndex(
    ({ message: { op } }, index) => overwriting.has(op) && lastOf.get(op) !== index,
  );
  for (const dropped of entries.splice(Math.max(0, undone), 1)) dropped.settled = true;
}

function remove(entries: UnackedOperation[], entry: UnackedOperation): void {
  const index = entries.indexOf(entry);
  if (index !== -1) entries.splice(index, 1);
}
