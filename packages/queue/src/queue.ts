import { checkEntry, type NewEntry, type QueueEntry, type QueueTrack, type Requester } from "./entry.ts";
import { argumentError, checkOptions, QueueError, requireFunction } from "./errors.ts";
import { type Random, shuffled } from "./random.ts";
import { identify } from "./track-identity.ts";

/**
 * Loop mode: what follows a finished entry – the next one, the same one, or the next with this one requeued
 * last.
 */
export type LoopMode = "off" | "track" | "queue";

/** All values of {@link LoopMode}. */
export const loopModes: readonly LoopMode[] = Object.freeze(["off", "track", "queue"]);

/** Position at which entries are inserted: the end, the front, or before the entry with an index from 0. */
export type InsertPosition = "back" | "front" | number;

/**
 * What happens to a track that is playing or queued already: it is added again, it is left out, or nothing is
 * added and an error is thrown. Two tracks are the same if source and identifier are.
 */
export type DuplicatePolicy = "allow" | "skip" | "reject";

/** All values of {@link DuplicatePolicy}. */
export const duplicatePolicies: readonly DuplicatePolicy[] = Object.freeze(["allow", "skip", "reject"]);

/** Options of {@link Queue}. */
export interface QueueOptions {
  /** Maximum number of upcoming entries, 1 or more. Default: 1 000. */
  readonly maxEntries?: number;
  /** Maximum number of finished entries that are kept, 0 or more. Default: 100. */
  readonly maxHistory?: number;
  /** What happens to tracks that are playing or queued already. Default: `allow`. */
  readonly duplicates?: DuplicatePolicy;
}

/** Defaults of {@link QueueOptions}. */
export const defaultQueueOptions = Object.freeze({
  maxEntries: 1_000,
  maxHistory: 100,
  duplicates: "allow",
} satisfies QueueOptions);

/** State of a queue. */
export interface QueueState<Data = unknown> {
  /** Current entry; null if the queue is idle. */
  readonly current: QueueEntry<Data> | null;
  /** Entries to be played, next first. */
  readonly upcoming: readonly QueueEntry<Data>[];
  /** Finished entries, most recent last. */
  readonly history: readonly QueueEntry<Data>[];
  /** Loop mode. */
  readonly loop: LoopMode;
}

function checkAtLeast(name: string, value: unknown, minimum: number): void {
  if (!(typeof value === "number" && value >= minimum))
    throw argumentError(name, value, `${minimum} or more`);
}

/** Read-only view of a queue. */
export type QueueView<Data = unknown> = Readonly<QueueState<Data>> & Pick<Queue<Data>, "peek" | "durationMs">;

/**
 * Order of tracks: the current entry, the upcoming ones and the history. Plays nothing; see `QueuePlayer`.
 */
export class Queue<Data = unknown> implements QueueState<Data> {
  readonly #maxEntries: number;
  readonly #maxHistory: number;
  readonly #duplicates: DuplicatePolicy;
  #current: QueueEntry<Data> | null = null;
  #upcoming: QueueEntry<Data>[] = [];
  #history: QueueEntry<Data>[] = [];
  #loop: LoopMode = "off";
  #lastId = 0;

  /**
   * @param state - State to start with. Default: an empty queue.
   * @throws QueueError `BAD_ARGUMENT` naming the option.
   */
  constructor(options: QueueOptions = {}, state?: QueueState<Data>) {
    checkOptions(options, Object.keys(defaultQueueOptions));
    this.#maxEntries = options.maxEntries ?? defaultQueueOptions.maxEntries;
    this.#maxHistory = options.maxHistory ?? defaultQueueOptions.maxHistory;
    this.#duplicates = options.duplicates ?? defaultQueueOptions.duplicates;
    if (!duplicatePolicies.includes(this.#duplicates)) {
      throw argumentError("duplicates", options.duplicates, duplicatePolicies.join(", "));
    }
    checkAtLeast("maxEntries", this.#maxEntries, 1);
    checkAtLeast("maxHistory", this.#maxHistory, 0);
    if (state === undefined) return;
    if (!Array.isArray(state?.upcoming) || !Array.isArray(state.history)) {
      throw argumentError("state", typeof state, "the state of a queue");
    }
    this.#current = state.current;
    this.#upcoming = [...state.upcoming];
    this.#loop = state.loop;
    for (const entry of state.history) this.#addToHistory(entry);
    const all = [...state.upcoming, ...state.history, ...(state.current ? [state.current] : [])];
    this.#lastId = all.reduce((highest, { id }) => Math.max(highest, id), 0);
  }

  get current(): QueueEntry<Data> | null {
    return this.#current;
  }

  get upcoming(): readonly QueueEntry<Data>[] {
    return this.#upcoming;
  }

  get history(): readonly QueueEntry<Data>[] {
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
   * @param userData - Data of the program, for all of these entries.
   * @returns The new entries; those that the policy `skip` leaves out are missing.
   * @throws QueueError `QUEUE_FULL`, `DUPLICATE_TRACK`, or `BAD_ARGUMENT` for an invalid position or track.
   */
  add(
    tracks: readonly QueueTrack[],
    requester: Requester,
    position: InsertPosition = "back",
    userData?: Data,
  ): QueueEntry<Data>[] {
    if (!Array.isArray(tracks)) throw argumentError("tracks", typeof tracks, "an array of tracks");
    const data = userData === undefined ? {} : { userData };
    return this.addEntries(
      tracks.map((track: QueueTrack) => ({ track, requester, ...data })),
      position,
    );
  }

  /** Like {@link add}, for entries with different requesters or data. */
  addEntries(entries: readonly NewEntry<Data>[], position: InsertPosition = "back"): QueueEntry<Data>[] {
    const index = position === "back" ? this.#upcoming.length : position === "front" ? 0 : position;
    if (!Number.isInteger(index) || index < 0) {
      throw argumentError("position", position, "front, back, or an integer of at least 0");
    }
    if (!Array.isArray(entries)) throw argumentError("entries", typeof entries, "an array of entries");
    for (const [number, entry] of entries.entries()) checkEntry(entry, number);
    const added = this.#duplicates === "allow" ? entries : this.#withoutDuplicates(entries);
    const free = Math.max(0, this.#maxEntries - this.#upcoming.length);
    if (added.length > free) throw new QueueError("QUEUE_FULL", `the queue has room for ${free} more`);
    const inserted = added.map((entry) => ({ ...entry, id: ++this.#lastId }));
    this.#upcoming = this.#upcoming.toSpliced(index, 0, ...inserted);
    return inserted;
  }

  /**
   * Removes an upcoming entry and returns it.
   *
   * @param index - From 0.
   * @throws QueueError `NO_SUCH_ENTRY`.
   */
  remove(index: number): QueueEntry<Data> {
    const entry = this.#entryAt(index);
    this.#upcoming.splice(index, 1);
    return entry;
  }

  /**
   * Removes upcoming entries and returns them.
   *
   * @param start - Index of the first one, from 0.
   * @param end - Index after the last one. Default: all that follow.
   * @throws QueueError `NO_SUCH_ENTRY` unless `0 ≤ start ≤ end ≤` the number of entries.
   */
  removeRange(start: number, end = this.#upcoming.length): QueueEntry<Data>[] {
    this.#checkRange(start, end);
    return this.#upcoming.splice(start, end - start);
  }

  /** Removes the upcoming entries that a predicate accepts, and returns them. */
  removeWhere(predicate: (entry: QueueEntry<Data>) => boolean): QueueEntry<Data>[] {
    requireFunction("predicate", predicate);
    // Called once per entry, and before the queue changes: the predicate may throw.
    const removed = new Set(this.#upcoming.filter((entry) => predicate(entry)));
    this.#upcoming = this.#upcoming.filter((entry) => !removed.has(entry));
    return [...removed];
  }

  /** Removes upcoming entries whose track is playing or queued before them, and returns them. */
  removeDuplicates(): QueueEntry<Data>[] {
    const seen = new Set(this.#current ? [keyOf(this.#current)] : []);
    return this.removeWhere((entry) => {
      const key = keyOf(entry);
      return seen.has(key) || !seen.add(key);
    });
  }

  /**
   * Moves an upcoming entry and returns it.
   *
   * @param from - Current index, from 0.
   * @param to - New index.
   * @throws QueueError `NO_SUCH_ENTRY`.
   */
  move(from: number, to: number): QueueEntry<Data> {
    this.#entryAt(to);
    const entry = this.remove(from);
    this.#upcoming.splice(to, 0, entry);
    return entry;
  }

  /**
   * Moves several upcoming entries, which keep their order, and returns them.
   *
   * @param start - Index of the first one, from 0.
   * @param end - Index after the last one.
   * @param to - New index of the first one.
   * @throws QueueError `NO_SUCH_ENTRY` unless `0 ≤ start ≤ end ≤` the number of entries, and all fit behind
   *   `to`.
   */
  moveRange(start: number, end: number, to: number): QueueEntry<Data>[] {
    this.#checkRange(start, end);
    const { length } = this.#upcoming;
    if (!(Number.isInteger(to) && to >= 0 && to + end - start <= length)) {
      const allowed = `an integer from 0 to ${length - (end - start)}`;
      throw new QueueError("NO_SUCH_ENTRY", `to is ${to}; allowed: ${allowed}`);
    }
    const moved = this.#upcoming.splice(start, end - start);
    this.#upcoming = this.#upcoming.toSpliced(to, 0, ...moved);
    return moved;
  }

  /** Sorts the upcoming entries; equal ones keep their order. */
  sort(compare: (one: QueueEntry<Data>, other: QueueEntry<Data>) => number): void {
    requireFunction("compare", compare);
    this.#upcoming = this.#upcoming.toSorted(compare);
  }

  /** Shuffles the upcoming entries, all orders being equally likely. */
  shuffle(random: Random = Math.random): void {
    requireFunction("random", random);
    this.#upcoming = shuffled(this.#upcoming, random);
  }

  /** Removes all upcoming entries and returns them. */
  clear(): QueueEntry<Data>[] {
    return this.#upcoming.splice(0);
  }

  /** Returns the entry that {@link next} would return, without changing the queue. */
  peek(): QueueEntry<Data> | null {
    if (this.#loop === "track" && this.#current) return this.#current;
    return this.#upcoming[0] ?? (this.#loop === "queue" ? this.#current : null);
  }

  /** Advances after the current entry has finished. Returns the entry to play; null if there is none. */
  next(): QueueEntry<Data> | null {
    return this.#loop === "track" && this.#current ? this.#current : this.#advance();
  }

  /**
   * Advances before the current entry has finished, regardless of the loop mode `track`.
   *
   * @param count - Number of entries to skip, 1 or more, including the current one.
   * @returns The entry to play; null if there is none.
   * @throws QueueError `BAD_ARGUMENT`.
   */
  skip(count = 1): QueueEntry<Data> | null {
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
  previous(): QueueEntry<Data> | null {
    const last = this.#loop === "queue" ? this.#upcoming.pop() : undefined;
    const entry = last ?? this.#history.pop();
    if (!entry) return null;
    if (this.#current) this.#upcoming.unshift(this.#current);
    this.#current = entry;
    return entry;
  }

  /** Removes the current entry, which failed, so that no loop mode repeats it. {@link next} advances. */
  dropCurrent(): QueueEntry<Data> | null {
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

  #advance(): QueueEntry<Data> | null {
    const finished = this.#current;
    if (finished && this.#loop === "queue") this.#upcoming.push(finished);
    else if (finished) this.#addToHistory(finished);
    this.#current = this.#upcoming.shift() ?? null;
    return this.#current;
  }

  #addToHistory(entry: QueueEntry<Data>): void {
    this.#history.push(entry);
    if (this.#history.length > this.#maxHistory) this.#history.shift();
  }

  #withoutDuplicates(entries: readonly NewEntry<Data>[]): NewEntry<Data>[] {
    const seen = new Set([...this.#upcoming, ...(this.#current ? [this.#current] : [])].map(keyOf));
    return entries.filter((entry) => {
      const key = keyOf(entry);
      if (!seen.has(key)) return seen.add(key);
      if (this.#duplicates === "skip") return false;
      throw new QueueError("DUPLICATE_TRACK", `${entry.track.title} is playing or queued already`);
    });
  }

  #checkRange(start: number, end: number): void {
    const { length } = this.#upcoming;
    if (Number.isInteger(start) && Number.isInteger(end) && 0 <= start && start <= end && end <= length)
      return;
    throw new QueueError("NO_SUCH_ENTRY", `no range from ${start} to ${end}; the queue has ${length}`);
  }

  #entryAt(index: number): QueueEntry<Data> {
    const entry = Number.isInteger(index) ? this.#upcoming[index] : undefined;
    if (entry) return entry;
    throw new QueueError(
      "NO_SUCH_ENTRY",
      `no entry has index ${index}; the queue has ${this.#upcoming.length}`,
    );
  }
}

/** Returns the identity of an entry's track: its source and identifier. */
const keyOf = ({ track }: NewEntry): string => identify(track.track).key;
