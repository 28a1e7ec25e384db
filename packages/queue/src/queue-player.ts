import type { FilterMapLike } from "@asterite/andesite";
import { emitFailure, Observable } from "@asterite/observable";
import { type Autoplay, AutoplayRequest } from "./autoplay.ts";
import type { NewEntry, QueueEntry, QueueTrack, Requester } from "./entry.ts";
import { argumentError, checkOptions, QueueError, requireFunction } from "./errors.ts";
import {
  AutoplayEvent,
  EntryEndEvent,
  type EntryEndReason,
  LeaveEvent,
  NodeErrorEvent,
  QueueChangeEvent,
  type QueueEvent,
  QueueIdleEvent,
} from "./events.ts";
import { type FilterTable, toFilterTable } from "./filters.ts";
import { LeaveTimer } from "./leave-timer.ts";
import type { QueueNode } from "./node-link.ts";
import { Playback } from "./playback.ts";
import { type QueuePlayerOptions, readPlayerOptions } from "./player-options.ts";
import { type InsertPosition, type LoopMode, Queue, type QueueView } from "./queue.ts";
import type { Random } from "./random.ts";
import type { QueueSnapshot } from "./snapshot.ts";
import { Timers } from "./timers.ts";

/** Highest volume that nodes support, as a factor. */
const maxVolume = 10;

/**
 * Plays a {@link Queue} on an Andesite node: advances when a track ends, retries or skips tracks that fail,
 * and restores the player after a restart of the node, the connection or this process.
 *
 * Methods take effect locally at once; operations are sent to the node as soon as it is connected. `Data` is
 * the type of the entries' `userData`.
 */
export class QueuePlayer<Data = unknown> extends Observable<QueueEvent<Data>> implements AsyncDisposable {
  /** Guild of the player. */
  readonly guildId: string;
  readonly #queue: Queue<Data>;
  readonly #playback: Playback<Data>;
  readonly #autoplayRequest: AutoplayRequest<Data>;
  readonly #leaveTimer: LeaveTimer;
  #autoplay: Autoplay<Data> | undefined;
  #isClosed = false;

  /**
   * @param node - A client or pool of `@asterite/andesite`.
   * @param guildId - Guild of the player, as a decimal string.
   * @throws QueueError `BAD_ARGUMENT` naming the client, the guild or the option; `BAD_SNAPSHOT`; `QUEUE_EXISTS` for a guild
   *   that already has a queue on this client.
   */
  constructor(node: QueueNode, guildId: string, options: QueuePlayerOptions<Data> = {}) {
    super();
    if (!/^(?:0|[1-9]\d{0,19})$/.test(guildId) || typeof guildId !== "string")
      throw argumentError("guildId", guildId, "an id, as a string of digits");
    if (typeof node?.sendOperation !== "function" || !node.eventTarget)
      throw argumentError("node", typeof node, "a client or pool of @asterite/andesite");
    const settings = readPlayerOptions(options);
    const { clock, autoplayTimeoutMs } = settings;
    this.guildId = guildId;
    this.#autoplay = options.autoplay;
    const { maxEntries, maxHistory, duplicates } = settings;
    this.#queue = new Queue({ maxEntries, maxHistory, duplicates }, settings.snapshot);
    this.#playback = new Playback(node, guildId, settings, this.#queue, {
      emit: (event) => this.#emit(event),
      handleRunOut: (last) => this.#handleRunOut(last),
    });
    this.#autoplayRequest = new AutoplayRequest(clock, autoplayTimeoutMs);
    // A listener, so that its errors are reported like those of any other.
    this.on(AutoplayEvent<Data>, ({ last }) => this.#continue(last));
    this.#leaveTimer = new LeaveTimer(settings, new Timers(clock), (reason) =>
      this.#emit(new LeaveEvent(reason)),
    );
    this.#leaveTimer.set("idle", true);
  }

  /** Current entry, upcoming entries and history. */
  get queue(): QueueView<Data> {
    return this.#queue;
  }

  /** Whether an entry is being played, paused or not; false if the queue is empty or has halted. */
  get isBusy(): boolean {
    return this.#playback.entry !== null;
  }

  /** Estimated position in the current entry, in ms. */
  get positionMs(): number {
    return this.#playback.positionMs;
  }

  /** Whether playback is paused. */
  get paused(): boolean {
    return this.#playback.player.paused;
  }

  /** Volume as a factor; 1 is 100 %. */
  get volume(): number {
    return this.#playback.player.volume;
  }

  /** Settings of the active filters. */
  get filters(): FilterTable {
    return this.#playback.player.filters;
  }

  /** See {@link QueuePlayerOptions.autoplay}; undefined for none. */
  get autoplay(): Autoplay<Data> | undefined {
    return this.#autoplay;
  }

  /** Throws a QueueError `BAD_ARGUMENT` for another value. */
  set autoplay(autoplay: Autoplay<Data> | undefined) {
    if (autoplay !== undefined) requireFunction("autoplay", autoplay);
    this.#autoplay = autoplay;
  }

  /** See {@link QueuePlayerOptions.gapless}. */
  get gapless(): boolean {
    return this.#playback.gapless;
  }

  /** Takes effect at the end of the current track. Throws a QueueError `BAD_ARGUMENT` for another value. */
  set gapless(isGapless: boolean) {
    if (typeof isGapless !== "boolean") throw argumentError("gapless", isGapless, "true or false");
    this.#playback.gapless = isGapless;
  }

  /**
   * Resumes the current entry of the snapshot, or plays the next one. A node that still plays the entry is
   * not interrupted; any other starts it at its last position. Does nothing while an entry is being played.
   */
  start(): void {
    if (this.#playback.entry) return;
    this.#autoplayRequest.cancel();
    const { current } = this.#queue;
    if (current) this.#playback.start(current);
    else this.#playback.playNext();
  }

  /**
   * Adds tracks, all or none, and starts playback if the queue is idle.
   *
   * @param position - An index beyond the end means the end. Default: the end.
   * @param userData - Data of the program, for all of these entries; plain JSON.
   * @returns The new entries; those that the policy `duplicates` leaves out are missing.
   * @throws QueueError `QUEUE_FULL`, `DUPLICATE_TRACK`, `BAD_ARGUMENT`; `CLOSED` after {@link close}.
   */
  add(
    tracks: readonly QueueTrack[],
    requester: Requester,
    position: InsertPosition = "back",
    userData?: Data,
  ): QueueEntry<Data>[] {
    this.#requireOpen();
    return this.#added(this.#queue.add(tracks, requester, position, userData));
  }

  /** Like {@link add}, for entries with different requesters or data. */
  addEntries(entries: readonly NewEntry<Data>[], position: InsertPosition = "back"): QueueEntry<Data>[] {
    this.#requireOpen();
    return this.#added(this.#queue.addEntries(entries, position));
  }

  /** Removes an upcoming entry by its index from 0. Throws a QueueError `NO_SUCH_ENTRY`. */
  remove(index: number): QueueEntry<Data> {
    return this.#changed(this.#queue.remove(index));
  }

  /** Removes upcoming entries; see {@link Queue.removeRange}. Throws a QueueError `NO_SUCH_ENTRY`. */
  removeRange(start: number, end?: number): QueueEntry<Data>[] {
    return this.#changed(this.#queue.removeRange(start, end));
  }

  /** Removes the upcoming entries that a predicate accepts, and returns them. */
  removeWhere(predicate: (entry: QueueEntry<Data>) => boolean): QueueEntry<Data>[] {
    return this.#changed(this.#queue.removeWhere(predicate));
  }

  /** Removes upcoming entries whose track is playing or queued before them, and returns them. */
  removeDuplicates(): QueueEntry<Data>[] {
    return this.#changed(this.#queue.removeDuplicates());
  }

  /** Moves an upcoming entry to another index. Throws a QueueError `NO_SUCH_ENTRY`. */
  move(from: number, to: number): QueueEntry<Data> {
    return this.#changed(this.#queue.move(from, to));
  }

  /** Moves several upcoming entries; see {@link Queue.moveRange}. Throws a QueueError `NO_SUCH_ENTRY`. */
  moveRange(start: number, end: number, to: number): QueueEntry<Data>[] {
    return this.#changed(this.#queue.moveRange(start, end, to));
  }

  /** Sorts the upcoming entries; equal ones keep their order. */
  sort(compare: (one: QueueEntry<Data>, other: QueueEntry<Data>) => number): void {
    this.#changed(this.#queue.sort(compare));
  }

  /** Shuffles the upcoming entries, all orders being equally likely. */
  shuffle(random?: Random): void {
    this.#changed(this.#queue.shuffle(random));
  }

  /** Removes all upcoming entries and returns them. */
  clear(): QueueEntry<Data>[] {
    return this.#changed(this.#queue.clear());
  }

  /** Sets the loop mode. Throws a QueueError `BAD_ARGUMENT`. */
  setLoop(mode: LoopMode): void {
    this.#queue.loop = mode;
    this.#changed(undefined);
  }

  /**
   * Skips the current entry and `count - 1` upcoming ones, and plays the next; a pause ends.
   *
   * @returns The entry that plays now; null if the queue has run out.
   * @throws QueueError `BAD_ARGUMENT`; `NOT_PLAYING` if there is no entry to skip.
   */
  skip(count = 1): QueueEntry<Data> | null {
    if (!this.#hasEntries) throw notPlaying();
    const before = this.#queue.current;
    const next = this.#queue.skip(count);
    this.#replace(before, "skipped", next);
    return next;
  }

  /** Plays the previous entry and returns it; null if there is none. A pause ends. */
  previous(): QueueEntry<Data> | null {
    const before = this.#queue.current;
    const entry = this.#queue.previous();
    if (entry) this.#replace(before, "skipped", entry);
    return entry;
  }

  /** Stops playback and empties the queue. */
  stop(): void {
    const before = this.#queue.current;
    this.#queue.stop();
    this.#replace(before, "stopped", null);
    if (this.#autoplayRequest.cancel()) this.#emit(new QueueIdleEvent());
  }

  /** Pauses playback. Throws a QueueError `NOT_PLAYING`. */
  pause(): void {
    if (!this.#queue.current) throw notPlaying();
    this.#playback.player.paused = true;
    this.#changed(undefined);
  }

  /** Resumes playback after a pause, or after the queue has halted. Throws a QueueError `NOT_PLAYING`. */
  resume(): void {
    if (!this.#hasEntries) throw notPlaying();
    this.#playback.resetFailures();
    this.#playback.player.paused = false;
    this.start();
    this.#changed(undefined);
  }

  /**
   * Seeks in the current track.
   *
   * @param positionMs - From 0; a position beyond the end means the end.
   * @throws QueueError `NOT_PLAYING`, `NOT_SEEKABLE`, `BAD_ARGUMENT`.
   */
  seek(positionMs: number): void {
    if (!(typeof positionMs === "number" && positionMs >= 0))
      throw argumentError("positionMs", positionMs, "a number of at least 0");
    const { entry } = this.#playback;
    if (!entry) throw notPlaying();
    const { isSeekable, lengthMs } = entry.track;
    if (!isSeekable) throw new QueueError("NOT_SEEKABLE", "the current track does not support seeking");
    this.#playback.seek(Math.min(positionMs, lengthMs ?? Number.POSITIVE_INFINITY));
    this.#changed(undefined);
  }

  /** Sets the volume as a factor, 0 to 10. Throws a QueueError `BAD_ARGUMENT`. */
  setVolume(volume: number): void {
    if (!(Number.isFinite(volume) && volume >= 0 && volume <= maxVolume))
      throw argumentError("volume", volume, `a number from 0 to ${maxVolume}`);
    this.#playback.player.volume = volume;
    this.#changed(undefined);
  }

  /**
   * Replaces all filters; `{}` disables them. Settings that are not given have their defaults.
   *
   * @throws QueueError `BAD_ARGUMENT` naming a filter or setting that nodes would ignore or reject.
   */
  setFilters(filters: FilterMapLike): void {
    this.#playback.player.filters = toFilterTable(filters);
    this.#changed(undefined);
  }

  /** Sets the number of listeners in the call, for `leaveAfterAloneSeconds`: the library cannot know it. */
  setListenerCount(count: number): void {
    if (!(Number.isInteger(count) && count >= 0))
      throw argumentError("count", count, "an integer of at least 0");
    this.#leaveTimer.set("alone", count === 0);
  }

  /** Destroys the player on the node while the queue is idle; the next track creates a new one. */
  release(): void {
    this.#playback.release();
  }

  /** Returns the state from which this or another process can resume; plain JSON. */
  toSnapshot(): QueueSnapshot<Data> {
    const { current, upcoming, history, loop } = this.#queue;
    return {
      v: 1,
      current,
      upcoming: [...upcoming],
      history: [...history],
      loop,
      ...this.#playback.toSnapshot(),
    };
  }

  /**
   * Detaches from the player; the node plays the current track to its end.
   *
   * @param options - `destroy` destroys the player on the node instead, if the node is connected.
   * @throws QueueError `BAD_ARGUMENT` naming the option.
   */
  close(options: { readonly destroy?: boolean } = {}): Promise<void> {
    checkOptions(options, ["destroy"]);
    if (!this.#isClosed) this.#playback.close(options.destroy ?? false);
    this.#isClosed = true;
    this.#autoplayRequest.cancel();
    this.#leaveTimer.close();
    return Promise.resolve();
  }

  /** Calls {@link close}. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #requireOpen(): void {
    if (this.#isClosed) throw new QueueError("CLOSED", "the queue player is closed");
  }

  get #hasEntries(): boolean {
    return this.#queue.current !== null || this.#queue.upcoming.length > 0;
  }

  #replace(before: QueueEntry<Data> | null, reason: EntryEndReason, next: QueueEntry<Data> | null): void {
    this.#playback.replace(before && new EntryEndEvent(before, reason), next);
    this.#playback.schedulePreload();
  }

  #added(entries: QueueEntry<Data>[]): QueueEntry<Data>[] {
    if (entries.length > 0 && !this.#playback.entry) {
      this.#playback.resetFailures();
      this.start();
    }
    return this.#changed(entries);
  }

  /** Reports a change of the queue or the audio. Returns its result. */
  #changed<Result>(result: Result): Result {
    this.#playback.schedulePreload();
    this.#emit(new QueueChangeEvent());
    return result;
  }

  #handleRunOut(last: QueueEntry<Data> | null): void {
    this.#emit(last && this.autoplay ? new AutoplayEvent(last) : new QueueIdleEvent());
  }

  /** Adds the entries of {@link autoplay}, unless the queue was changed before they arrived. */
  async #continue(last: QueueEntry<Data>): Promise<void> {
    if (!this.autoplay) return;
    let entries: readonly NewEntry<Data>[] | undefined = [];
    try {
      entries = await this.#autoplayRequest.call(this.autoplay, last);
      // Unlike a user action, this does not reset the count of failures.
      if (entries && this.#queue.addEntries(entries).length > 0) this.start();
    } finally {
      if (entries) this.#emit(this.#hasEntries ? new QueueChangeEvent() : new QueueIdleEvent());
    }
  }

  /** Emits an event without waiting for listeners; their errors become events as well. */
  #emit(event: QueueEvent<Data>): void {
    if (this.#isClosed) return;
    void (event instanceof NodeErrorEvent ? emitFailure(this, event, event.error) : this.emit(event));
    this.#leaveTimer.set("idle", !this.isBusy || this.paused);
  }
}

const notPlaying = (): QueueError => new QueueError("NOT_PLAYING", "nothing is playing");
