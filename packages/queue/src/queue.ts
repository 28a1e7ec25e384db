import type { QueueEntry, QueueTrack, Requester } from "./entry.ts";
import { argumentError, QueueError } from "./errors.ts";
import { type Random, shuffled } from "./random.ts";

/** What happens when an entry ends by itself: the next one, the same one again, or it goes to the end. */
export type LoopMode = "off" | "track" | "queue";

/** Every {@link LoopMode}. */
export const loopModes: readonly LoopMode[] = Object.freeze(["off", "track", "queue"]);

/** Where entries are added: at the end, first of those to come, or before the one of an index from 0. */
export type InsertPosition = "back" | "front" | number;

/** Options of {@link Queue}. */
export interface QueueOptions {
  /** How many entries may wait, 1 or more. Default: 1 000. */
  readonly maxEntries?: number;
  /** How many entries that are over are remembered, 0 or more. Default: 100. */
  readonly maxHistory?: number;
}

/** The defaults of {@link QueueOptions}. */
export const defaultQueueOptions = Object.freeze({ maxEntries: 1_000, maxHistory: 100 });

/** The content of a queue. */
export interface QueueState {
  /** What plays, or would. */
  readonly current: QueueEntry | null;
  /** What comes, next first. */
  readonly upcoming: readonly QueueEntry[];
  /** What is over, newest last. */
  readonly history: readonly QueueEntry[];
  /** What happens at the end of an entry. */
  readonly loop: LoopMode;
}

/** What can be seen of a queue. */
export type QueueView = Readonly<QueueState> & Pick<Queue, "peek" | "durationMs">;

/**
 * The order of tracks in one listening room: what plays, what comes and what was. It only decides; who plays is
 * `QueuePlayer`.
 */
export class Queue implements QueueState {
  readonly #maxEntries: number;
  readonly #maxHistory: number;
  #current: QueueEntry | null = null;
  #upcoming: QueueEntry[] = [];
  #history: QueueEntry[] = [];
  #loop: LoopMode = "off";
  #lastId = 0;

  /** @throws QueueError `bad-argument` naming the option. */
  constructor(options: QueueOptions = {}, content?: QueueState) {
    this.#maxEntries = options.maxEntries ?? defaultQueueOptions.maxEntries;
    this.#maxHistory = options.maxHistory ?? defaultQueueOptions.maxHistory;
    if (!(this.#maxEntries >= 1)) throw argumentError("maxEntries", options.maxEntries, "1 or more");
    if (!(this.#maxHistory >= 0)) throw argumentError("maxHistory", options.maxHistory, "0 or more");
    if (!content) return;
    this.#current = content.current;
    this.#upcoming = [...content.upcoming];
    this.#loop = content.loop;
    for (const entry of content.history) this.#remember(entry);
    const all = [...content.upcoming, ...content.history, ...(content.current ? [content.current] : [])];
    this.#lastId = all.reduce((highest, { id }) => Math.max(highest, id), 0);
  }

  get current(): QueueEntry | null {
    return this.#current;
  }

  get upcoming(): readonly QueueEntry[] {
    return this.#upcoming;
  }

  get history(): readonly QueueEntry[] {
    return this.#history;
  }

  get loop(): LoopMode {
    return this.#loop;
  }

  /** A {@link LoopMode}; everything else throws a {@link QueueError}. */
  set loop(mode: LoopMode) {
    if (!loopModes.includes(mode)) throw argumentError("loop", mode, loopModes.join(", "));
    this.#loop = mode;
  }

  /** How long what waits takes; null where the length of an entry is not known. */
  get durationMs(): number | null {
    return this.#upcoming.reduce<number | null>(
      (sum, { track }) => (sum === null || track.lengthMs === null ? null : sum + track.lengthMs),
      0,
    );
  }

  /**
   * Adds tracks in their order; all or none.
   *
   * @param place - An index beyond the end means the end. Default: the end.
   * @throws QueueError `queue-full`, or `bad-argument` for a place that is none.
   */
  add(tracks: readonly QueueTrack[], requester: Requester, place: InsertPosition = "back"): QueueEntry[] {
    const index = place === "back" ? this.#upcoming.length : place === "front" ? 0 : place;
    if (!Number.isInteger(index) || index < 0) throw argumentError("place", place, "front, back, or from 0");
    const room = this.#maxEntries - this.#upcoming.length;
    if (tracks.length > room)
      throw new QueueError("queue-full", `there is room for ${Math.max(0, room)} more`);
    const entries = tracks.map((track) => ({ id: ++this.#lastId, track, requester }));
    this.#upcoming.splice(index, 0, ...entries);
    return entries;
  }

  /**
   * Takes an entry out of those that wait.
   *
   * @param index - From 0.
   * @throws QueueError `no-such-entry`.
   */
  remove(index: number): QueueEntry {
    const entry = this.#at(index);
    this.#upcoming.splice(index, 1);
    return entry;
  }

  /**
   * Brings an entry to another place among those that wait.
   *
   * @param from - Where it is, from 0.
   * @param to - Which index it has afterwards.
   * @throws QueueError `no-such-entry`.
   */
  move(from: number, to: number): QueueEntry {
    this.#at(to);
    const entry = this.remove(from);
    this.#upcoming.splice(to, 0, entry);
    return entry;
  }

  /** Brings what waits into any order, each equally likely. */
  shuffle(random: Random = Math.random): void {
    this.#upcoming = shuffled(this.#upcoming, random);
  }

  /** Takes out all that waits, and returns it. */
  clear(): QueueEntry[] {
    return this.#upcoming.splice(0);
  }

  /** What {@link next} would give, without a change. */
  peek(): QueueEntry | null {
    if (this.#loop === "track" && this.#current) return this.#current;
    return this.#upcoming[0] ?? (this.#loop === "queue" ? this.#current : null);
  }

  /** What plays has ended by itself. Returns what is to be played now; null when there is nothing. */
  next(): QueueEntry | null {
    return this.#loop === "track" && this.#current ? this.#current : this.#advance();
  }

  /**
   * Goes on although what plays has not ended, whatever a loop of the track says.
   *
   * @param count - How many entries to pass, 1 or more, what plays included.
   * @returns What is to be played now; null when there is nothing.
   * @throws QueueError `bad-argument`.
   */
  skip(count = 1): QueueEntry | null {
    if (!Number.isInteger(count) || count < 1) throw argumentError("count", count, "1 or more");
    const length = this.#upcoming.length + (this.#current ? 1 : 0);
    // In a loop the same comes round again, and beyond the end nothing more happens.
    const steps = this.#loop === "queue" && length > 0 ? (count - 1) % length : Math.min(count - 1, length);
    for (let step = 0; step < steps; step++) this.#advance();
    return this.#advance();
  }

  /**
   * Goes back to what was played before; what plays comes after it.
   *
   * @returns What is to be played now; null, and no change, when nothing was before.
   */
  previous(): QueueEntry | null {
    const before = this.#loop === "queue" ? this.#upcoming.pop() : undefined;
    const entry = before ?? this.#history.pop();
    if (!entry) return null;
    if (this.#current) this.#upcoming.unshift(this.#current);
    this.#current = entry;
    return entry;
  }

  /** Takes out what plays because it cannot be played: it comes back in no loop. {@link next} goes on. */
  dropCurrent(): QueueEntry | null {
    const dropped = this.#current;
    this.#current = null;
    return dropped;
  }

  /** Ends everything: what plays is over, and what waited is gone. */
  stop(): void {
    if (this.#current) this.#remember(this.#current);
    this.#current = null;
    this.#upcoming = [];
  }

  #advance(): QueueEntry | null {
    const over = this.#current;
    if (over && this.#loop === "queue") this.#upcoming.push(over);
    else if (over) this.#remember(over);
    this.#current = this.#upcoming.shift() ?? null;
    return this.#current;
  }

  #remember(entry: QueueEntry): void {
    this.#history.push(entry);
    if (this.#history.length > this.#maxHistory) this.#history.shift();
  }

  #at(index: number): QueueEntry {
    const entry = Number.isInteger(index) ? this.#upcoming[index] : undefined;
    if (entry) return entry;
    throw new QueueError("no-such-entry", `index ${index}; there are ${this.#upcoming.length} entries`);
  }
}
