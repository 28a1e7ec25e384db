import type { QueueEntry, QueueTrack, Requester } from "./entry.ts";
import { argumentError, QueueError } from "./errors.ts";
import { type Random, shuffled } from "./random.ts";

/**
 * Loop mode: what follows a finished entry – the next one, the same one, or the next with this one requeued
 * last.
 */
export type LoopMode = "off" | "track" | "queue";

/** All values of {@link LoopMode}. */
export const loopModes: readonly LoopMode[] = Object.freeze(["off", "track", "queue"]);

/** Position at which entries are inserted: the end, the front, or before the entry with an index from 0. */
export type InsertPosition = "back" | "front" | number;

/** Options of {@link Queue}. */
export interface QueueOptions {
  /** Maximum number of upcoming entries, 1 or more. Default: 1 000. */
  readonly maxEntries?: number;
  /** Maximum number of finished entries that are kept, 0 or more. Default: 100. */
  readonly maxHistory?: number;
}

/** Defaults of {@link QueueOptions}. */
export const defaultQueueOptions = Object.freeze({ maxEntries: 1_000, maxHistory: 100 });

/** State of a queue. */
export interface QueueState {
  /** Current entry; null if the queue is idle. */
  readonly current: QueueEntry | null;
  /** Entries to be played, next first. */
  readonly upcoming: readonly QueueEntry[];
  /** Finished entries, most recent last. */
  readonly history: readonly QueueEntry[];
  /** Loop mode. */
  readonly loop: LoopMode;
}

/** Read-only view of a queue. */
export type QueueView = Readonly<QueueState> & Pick<Queue, "peek" | "durationMs">;

/**
 * Order of tracks: the current entry, the upcoming ones and the history. Plays nothing; see `QueuePlayer`.
 */
export class Queue implements QueueState {
  readonly #maxEntries: number;
  readonly #maxHistory: number;
  #current: QueueEntry | null = null;
  #upcoming: QueueEntry[] = [];
  #history: QueueEntry[] = [];
  #loop: LoopMode = "off";
  #lastId = 0;

  /**
   * @param state - State to start with. Default: an empty queue.
   * @throws QueueError `BAD_ARGUMENT` naming the option.
   */
  constructor(options: QueueOptions = {}, state?: QueueState) {
    this.#maxEntries = options.maxEntries ?? defaultQueueOptions.maxEntries;
    this.#maxHistory = options.maxHistory ?? defaultQueueOptions.maxHistory;
    if (!(this.#maxEntries >= 1)) throw argumentError("maxEntries", options.maxEntries, "1 or more");
    if (!(this.#maxHistory >= 0)) throw argumentError("maxHistory", options.maxHistory, "0 or more");
    if (!state) return;
    this.#current = state.current;
    this.#upcoming = [...state.upcoming];
    this.#loop = state.loop;
    for (const entry of state.history) this.#addToHistory(entry);
    const all = [...state.upcoming, ...state.history, ...(state.current ? [state.current] : [])];
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

  /** Sets the loop mode. Throws a QueueError `BAD_ARGUMENT` for any other value. */
  set loop(mode: LoopMode) {
    if (!loopModes.includes(mode)) throw argumentError("loop", mode, loopModes.join(", "));
    this.#loop = mode;
  }

  /** Total length of the upcoming entries in ms; null if the length of one is unknown. */
  get durationMs(): number | null {
    return this.#upcoming.reduce<number | null>(
      (sum, { track }) => (sum === null || track.lengthMs === null ? null : sum + track.lengthMs),
      0,
    );
  }

  /**
   * Adds tracks in the given order; all or none.
   *
   * @param position - An index beyond the end means the end. Default: the end.
   * @throws QueueError `QUEUE_FULL`, or `BAD_ARGUMENT` for an invalid position.
   */
  add(tracks: readonly QueueTrack[], requester: Requester, position: InsertPosition = "back"): QueueEntry[] {
    const index = position === "back" ? this.#upcoming.length : position === "front" ? 0 : position;
    if (!Number.isInteger(index) || index < 0) {
      throw argumentError("position", position, "front, back, or an integer of at least 0");
    }
    const free = Math.max(0, this.#maxEntries - this.#upcoming.length);
    if (tracks.length > free) throw new QueueError("QUEUE_FULL", `the queue has room for ${free} more`);
    const entries = tracks.map((track) => ({ id: ++this.#lastId, track, requester }));
    this.#upcoming.splice(index, 0, ...entries);
    return entries;
  }

  /**
   * Removes an upcoming entry and returns it.
   *
   * @param index - From 0.
   * @throws QueueError `NO_SUCH_ENTRY`.
   */
  remove(index: number): QueueEntry {
    const entry = this.#entryAt(index);
    this.#upcoming.splice(index, 1);
    return entry;
  }

  /**
   * Moves an upcoming entry and returns it.
   *
   * @param from - Current index, from 0.
   * @param to - New index.
   * @throws QueueError `NO_SUCH_ENTRY`.
   */
  move(from: number, to: number): QueueEntry {
    this.#entryAt(to);
    const entry = this.remove(from);
    this.#upcoming.splice(to, 0, entry);
    return entry;
  }

  /** Shuffles the upcoming entries, all orders being equally likely. */
  shuffle(random: Random = Math.random): void {
    this.#upcoming = shuffled(this.#upcoming, random);
  }

  /** Removes all upcoming entries and returns them. */
  clear(): QueueEntry[] {
    return this.#upcoming.splice(0);
  }

  /** Returns the entry that {@link next} would return, without changing the queue. */
  peek(): QueueEntry | null {
    if (this.#loop === "track" && this.#current) return this.#current;
    return this.#upcoming[0] ?? (this.#loop === "queue" ? this.#current : null);
  }

  /** Advances after the current entry has finished. Returns the entry to play; null if there is none. */
  next(): QueueEntry | null {
    return this.#loop === "track" && this.#current ? this.#current : this.#advance();
  }

  /**
   * Advances before the current entry has finished, regardless of the loop mode `track`.
   *
   * @param count - Number of entries to skip, 1 or more, including the current one.
   * @returns The entry to play; null if there is none.
   * @throws QueueError `BAD_ARGUMENT`.
   */
  skip(count = 1): QueueEntry | null {
    if (!Number.isInteger(count) || count < 1) throw argumentError("count", count, "1 or more");
    const length = this.#upcoming.length + (this.#current ? 1 : 0);
    // A looped queue repeats after its length, and steps beyond the end change nothing.
    const steps = this.#loop === "queue" && length > 0 ? (count - 1) % length : Math.min(count - 1, length);
    for (let step = 0; step < steps; step++) this.#advance();
    return this.#advance();
  }

  /**
   * Returns to the previous entry; the current one becomes the next.
   *
   * @returns The entry to play; null, without a change, if there is no previous one.
   */
  previous(): QueueEntry | null {
    const last = this.#loop === "queue" ? this.#upcoming.pop() : undefined;
    const entry = last ?? this.#history.pop();
    if (!entry) return null;
    if (this.#current) this.#upcoming.unshift(this.#current);
    this.#current = entry;
    return entry;
  }

  /** Removes the current entry, which failed, so that no loop mode repeats it. {@link next} advances. */
  dropCurrent(): QueueEntry | null {
    const dropped = this.#current;
    this.#current = null;
    return dropped;
  }

  /** Moves the current entry to the history and removes the upcoming ones. */
  stop(): void {
    if (this.#current) this.#addToHistory(this.#current);
    this.#current = null;
    this.#upcoming = [];
  }

  #advance(): QueueEntry | null {
    const finished = this.#current;
    if (finished && this.#loop === "queue") this.#upcoming.push(finished);
    else if (finished) this.#addToHistory(finished);
    this.#current = this.#upcoming.shift() ?? null;
    return this.#current;
  }

  #addToHistory(entry: QueueEntry): void {
    this.#history.push(entry);
    if (this.#history.length > this.#maxHistory) this.#history.shift();
  }

  #entryAt(index: number): QueueEntry {
    const entry = Number.isInteger(index) ? this.#upcoming[index] : undefined;
    if (entry) return entry;
    throw new QueueError(
      "NO_SUCH_ENTRY",
      `no entry has index ${index}; the queue has ${this.#upcoming.length}`,
    );
  }
}
