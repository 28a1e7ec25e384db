import { isOperationName, operations } from "@asterite/andesite-protocol";
import { type OutgoingMessage, payloadOf } from "./outbox.ts";
import { isSameTrack } from "./same-track.ts";

/** A transmitted operation that the node has not acknowledged, or a play whose track has not started. */
interface UnackedOperation {
  readonly guildId: string;
  readonly message: OutgoingMessage;
  readonly sequence: number;
  /** The track of a `play`. */
  readonly track: string | null;
  /** Whether the node has processed the operation. */
  isAcknowledged: boolean;
  /** Whether the operation no longer needs to be tracked. It may still wait for its acknowledgement. */
  isSettled: boolean;
  /**
   * Whether to keep the operation until the node reports the start of its track: until then no state has it.
   */
  readonly awaitsStart: boolean;
}

/** A `destroy` sent for a player that was moved to another node. */
interface PendingDestroy {
  readonly guildId: string;
  readonly message: null;
  readonly sequence: number;
}

/** Memory bounds for a node that acknowledges nothing. */
const maxOperationsPerGuild = 256;
const maxUnacknowledged = 65_536;
const maxBarriers = 64;
/** Operations after which an earlier `play` has no effect. */
const replacingOps = new Set(["play", "stop", "destroy"]);
/** Operations that the next operation with the same name overwrites. */
const overwritingOps = new Set(["volume", "pause", "seek"]);

/**
 * Tracks which operations the node has processed, so that the others can be sent again, if necessary to
 * another node.
 *
 * Player updates are not acknowledgements, because nodes also send them periodically. But a node processes
 * messages in order and echoes all fields of a ping. So operations are followed by a numbered ping, the
 * barrier; its pong acknowledges all operations before it. The start of a track acknowledges its `play` as
 * well.
 */
export class UnackedOperations {
  /**
   * Operations by guild. A guild that has a player on the node has an entry even when it has no operations.
   */
  readonly #guilds = new Map<string, UnackedOperation[]>();
  #unacknowledged: (UnackedOperation | PendingDestroy)[] = [];
  #sequence = 0;
  #barrierId = 0;
  /** Last sequence number before each barrier whose pong is outstanding, by barrier id. */
  readonly #barriers = new Map<number, number>();
  /**
   * Guilds whose players were moved away from this node. The node may send messages about a player even after
   * it was destroyed, so an entry stays until the next message is sent for its guild; `addressed` when that was
   * before the node acknowledged the destruction.
   */
  readonly #stale = new Map<string, "pending" | "destroy-sent" | "addressed" | "destroyed">();

  /** Guilds that have a player on this node, as far as is known. */
  get guildIds(): string[] {
    return [...this.#guilds.keys()];
  }

  /** Returns whether a guild has a player on this node, as far as is known. */
  hasPlayer(guildId: string): boolean {
    return this.#guilds.has(guildId);
  }

  /** Guilds whose moved players the node has not yet been ordered to destroy. */
  get stalePlayers(): string[] {
    return [...this.#stale].flatMap(([guildId, state]) => (state === "pending" ? guildId : []));
  }

  /** Returns whether messages of the node about a guild concern a player that was moved away. */
  isStalePlayer(guildId: string): boolean {
    return this.#stale.has(guildId);
  }

  /** Returns the identity of a guild's current player; it changes when the guild is moved away and back. */
  epochOf(guildId: string): object | undefined {
    return this.#guilds.get(guildId);
  }

  /** Records that a guild has a player on this node from now on. */
  addPlayer(guildId: string): void {
    if (!this.#guilds.has(guildId)) this.#guilds.set(guildId, []);
    this.markAddressed(guildId);
  }

  /** Records that a message was sent for a guild: messages of the node about it are handled again. */
  markAddressed(guildId: string): void {
    const stale = this.#stale.get(guildId);
    if (stale === "destroyed") this.#stale.delete(guildId);
    // After its barrier: the pongs of both then arrive in this order.
    else if (stale === "destroy-sent" && this.#barriers.size > 0) this.#stale.set(guildId, "addressed");
  }

  /** Records a transmitted message. Returns whether a barrier should follow. */
  recordTransmitted(message: OutgoingMessage): boolean {
    const { guildId, op } = message;
    if (!changesPlayer(op)) return false;
    this.addPlayer(guildId);
    // Messages that restore a player are built from the state again when they are needed.
    if (!message.isTransient) this.#add(message);
    return this.#barriers.size === 0 && this.#unacknowledged.length > 0;
  }

  /** Records that `destroy` was sent for a player that was moved away. A barrier has to follow. */
  recordDestroy(guildId: string): void {
    this.#stale.set(guildId, "destroy-sent");
    this.#addUnacknowledged({ guildId, message: null, sequence: ++this.#sequence });
  }

  /** Returns a ping whose pong acknowledges everything that was transmitted before. */
  createBarrier(): string {
    const id = ++this.#barrierId;
    this.#barriers.set(id, this.#sequence);
    if (this.#barriers.size > maxBarriers) {
      const [oldest] = this.#barriers.keys();
      if (oldest !== undefined) this.#barriers.delete(oldest);
    }
    return JSON.stringify({ op: "ping", asteriteBarrier: id });
  }

  /**
   * Handles a message of the node.
   *
   * @returns Whether another barrier should follow; null when the message is not the pong of a barrier.
   */
  handlePong(body: Readonly<Record<string, unknown>>): boolean | null {
    const { op, asteriteBarrier: id } = body;
    if (op !== "pong" || typeof id !== "number") return null;
    const covered = this.#barriers.get(id);
    if (covered === undefined) return false;
    // Pongs arrive in order, so those of earlier barriers will no longer arrive.
    for (const earlier of [...this.#barriers.keys()]) if (earlier <= id) this.#barriers.delete(earlier);
    const firstAfter = this.#unacknowledged.findIndex(({ sequence }) => sequence > covered);
    const count = firstAfter === -1 ? this.#unacknowledged.length : firstAfter;
    for (const entry of this.#unacknowledged.splice(0, count)) {
      if (entry.message) this.#acknowledge(entry);
      else this.#acknowledgeDestroy(entry.guildId);
    }
    return this.#unacknowledged.length > 0 && this.#barriers.size === 0;
  }

  /**
   * Records that the node reported the start of a track, which acknowledges its `play` and all operations
   * before.
   */
  acknowledgeStart(guildId: string, track: string): void {
    const entries = this.#guilds.get(guildId) ?? [];
    const index = entries.findIndex((entry) => entry.track !== null && isSameTrack(entry.track, track));
    for (const entry of entries.splice(0, index + 1)) entry.isSettled = true;
  }

  /** Records that the node refused a `play`, so that it is not sent again. */
  refusePlay(guildId: string, track: string | null): void {
    const entries = this.#guilds.get(guildId) ?? [];
    // The node refuses operations in order, before it acknowledges them.
    const refused = entries.find(
      (entry) =>
        entry.message.op === "play" && !entry.isAcknowledged && (track === null || entry.track === track),
    );
    if (!refused) return;
    refused.isSettled = true;
    remove(entries, refused);
  }

  /** Records that the connection has ended: outstanding pongs will not arrive. */
  endConnection(): void {
    this.#barriers.clear();
    this.#unacknowledged = [];
    for (const [guildId, state] of this.#stale) {
      if (state === "destroy-sent" || state === "addressed") this.#stale.set(guildId, "pending");
    }
  }

  /** Returns the track of an acknowledged `play` whose start the node has not reported; null for none. */
  unstartedTrack(guildId: string): string | null {
    return this.#entriesOf(guildId).findLast(({ isAcknowledged }) => isAcknowledged)?.track ?? null;
  }

  /** Returns whether a `destroy` of a guild's player is unacknowledged. */
  hasUnackedDestroy(guildId: string): boolean {
    return this.#entriesOf(guildId).some(({ message }) => message.op === "destroy");
  }

  /**
   * Removes and returns the messages to send again over a new connection, in the order of sending.
   *
   * @param nodeHasPlayer - Whether the node still has the player, and with it the effect of all acknowledged
   *   operations.
   */
  takeUnacked(guildId: string, nodeHasPlayer: boolean): OutgoingMessage[] {
    const entries = this.#entriesOf(guildId);
    if (this.hasPlayer(guildId))
      this.#guilds.set(guildId, nodeHasPlayer ? entries.filter(isAcknowledged) : []);
    return entries.filter((entry) => !(nodeHasPlayer && isAcknowledged(entry))).map(({ message }) => message);
  }

  /**
   * Removes a guild that moves away and returns its unacknowledged messages. Its player here is to be
   * destroyed.
   */
  releaseGuild(guildId: string): OutgoingMessage[] {
    const entries = this.#entriesOf(guildId);
    for (const entry of entries) entry.isSettled = true;
    this.#guilds.delete(guildId);
    this.#stale.set(guildId, "pending");
    return entries.map(({ message }) => message);
  }

  /** Forgets all operations and players. */
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
      isAcknowledged: false,
      isSettled: false,
      awaitsStart: typeof track === "string" && noReplace !== true,
    };
    const entries = this.#guilds.get(guildId);
    entries?.push(entry);
    if (entries && entries.length > maxOperationsPerGuild) dropOne(entries);
    this.#addUnacknowledged(entry);
  }

  #addUnacknowledged(entry: UnackedOperation | PendingDestroy): void {
    this.#unacknowledged.push(entry);
    // The dropped operations stay in `#guilds` as unacknowledged, so they are still sent again.
    if (this.#unacknowledged.length > maxUnacknowledged)
      this.#unacknowledged.splice(0, maxUnacknowledged / 2);
  }

  #acknowledgeDestroy(guildId: string): void {
    if (this.#guilds.has(guildId) || this.#stale.get(guildId) === "addressed") this.#stale.delete(guildId);
    else this.#stale.set(guildId, "destroyed");
  }

  #acknowledge(entry: UnackedOperation): void {
    if (entry.isSettled) return;
    const { guildId, message } = entry;
    const entries = this.#guilds.get(guildId);
    if (!entries?.includes(entry)) return;
    entry.isAcknowledged = true;
    if (replacingOps.has(message.op)) {
      for (const earlier of entries.slice(0, entries.indexOf(entry))) {
        if (earlier.isAcknowledged) remove(entries, earlier);
      }
    }
    if (!entry.awaitsStart) remove(entries, entry);
    if (message.op === "destroy" && entries.length === 0) this.#guilds.delete(guildId);
  }
}

/** Returns whether an operation has an effect on a player that must not be lost. */
const changesPlayer = (op: string): boolean =>
  op === "voice-server-update" ||
  (op !== "get-player" && isOperationName(op) && operations[op].repliesWithPlayer);

const isAcknowledged = (operation: UnackedOperation): boolean => operation.isAcknowledged;

/** Drops the first operation that a later one overwrites; without such an operation, the oldest one. */
function dropOne(entries: UnackedOperation[]): void {
  const lastOf = new Map(entries.map(({ message: { op } }, index) => [op, index]));
  const overwritten = entries.findIndex(
    ({ message: { op } }, index) => overwritingOps.has(op) && lastOf.get(op) !== index,
  );
  for (const dropped of entries.splice(Math.max(0, overwritten), 1)) dropped.isSettled = true;
}

function remove(entries: UnackedOperation[], entry: UnackedOperation): void {
  const index = entries.indexOf(entry);
  if (index !== -1) entries.splice(index, 1);
}
