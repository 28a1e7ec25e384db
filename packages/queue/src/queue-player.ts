import type { FilterMapLike } from "@asterite/andesite";
import { Observable } from "@asterite/observable";
import type { QueueEntry, QueueTrack, Requester } from "./entry.ts";
import { argumentError, QueueError } from "./errors.ts";
import { EntryEndEvent, type EntryEndReason, QueueChangeEvent, type QueueEvent } from "./events.ts";
import { type FilterTable, toFilterTable } from "./filters.ts";
import type { QueueNode } from "./node-link.ts";
import { Playback } from "./playback.ts";
import { type QueuePlayerOptions, readPlayerOptions } from "./player-options.ts";
import { type InsertPosition, type LoopMode, Queue, type QueueView } from "./queue.ts";
import type { Random } from "./random.ts";
import type { QueueSnapshot } from "./snapshot.ts";

/** Highest volume that nodes support, as a factor. */
const maxVolume = 10;

/**
 * Plays a {@link Queue} on an Andesite node: advances when a track ends, retries or skips tracks that fail,
 * and restores the player after a restart of the node, the connection or this process.
 *
 * Methods take effect locally at once; operations are sent to the node as soon as it is connected.
 */
export class QueuePlayer extends Observable<QueueEvent> implements AsyncDisposable {
  /** Guild of the player. */
  readonly guildId: string;
  readonly #queue: Queue;
  readonly #playback: Playback;
  #isClosed = false;

  /**
   * @param node - A client or pool of `@asterite/andesite`.
   * @param guildId - Guild of the player, as a decimal string.
   * @throws QueueError `BAD_ARGUMENT` naming the option; Error for a guild that already has a queue on this
   *   client.
   */
  constructor(node: QueueNode, guildId: string, options: QueuePlayerOptions = {}) {
    super();
    const settings = readPlayerOptions(options);
    this.guildId = guildId;
    this.#queue = new Queue(settings, settings.snapshot);
    this.#playback = new Playback(node, guildId, settings, this.#queue, (event) => this.#emit(event));
  }

  /** Current entry, upcoming entries and history. */
  get queue(): QueueView {
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

  /** See {@link QueuePlayerOptions.gapless}. */
  get gapless(): boolean {
    return this.#playback.gapless;
  }

  /** Takes effect at the end of the current track. */
  set gapless(isGapless: boolean) {
    this.#playback.gapless = isGapless;
  }

  /**
   * Resumes the current entry of the snapshot, or plays the next one. A node that still plays the entry is
   * not interrupted; any other starts it at its last position. Does nothing while an entry is being played.
   */
  start(): void {
    if (this.#playback.entry) return;
    const { current } = this.#queue;
    if (current) this.#playback.start(current);
    else this.#playback.playOrIdle(this.#queue.next());
  }

  /**
   * Adds tracks, all or none, and starts playback if the queue is idle.
   *
   * @param position - An index beyond the end means the end. Default: the end.
   * @throws QueueError `QUEUE_FULL`, `BAD_ARGUMENT`.
   */
  add(tracks: readonly QueueTrack[], requester: Requester, position: InsertPosition = "back"): QueueEntry[] {
    const entries = this.#queue.add(tracks, requester, position);
    if (!this.#playback.entry) {
      this.#playback.resetFailures();
      this.start();
    }
    this.#changed();
    return entries;
  }

  /** Removes an upcoming entry by its index from 0. Throws a QueueError `NO_SUCH_ENTRY`. */
  remove(index: number): QueueEntry {
    const entry = this.#queue.remove(index);
    this.#changed();
    return entry;
  }

  /** Moves an upcoming entry to another index. Throws a QueueError `NO_SUCH_ENTRY`. */
  move(from: number, to: number): QueueEntry {
    const entry = this.#queue.move(from, to);
    this.#changed();
    return entry;
  }

  /** Shuffles the upcoming entries, all orders being equally likely. */
  shuffle(random?: Random): void {
    this.#queue.shuffle(random);
    this.#changed();
  }

  /** Removes all upcoming entries and returns them. */
  clear(): QueueEntry[] {
    const entries = this.#queue.clear();
    this.#changed();
    return entries;
  }

  /** Sets the loop mode. Throws a QueueError `BAD_ARGUMENT`. */
  setLoop(mode: LoopMode): void {
    this.#queue.loop = mode;
    this.#changed();
  }

  /**
   * Skips the current entry and `count - 1` upcoming ones, and plays the next; a pause ends.
   *
   * @returns The entry that plays now; null if the queue has run out.
   * @throws QueueError `BAD_ARGUMENT`; `NOT_PLAYING` if there is no entry to skip.
   */
  skip(count = 1): QueueEntry | null {
    if (!this.#hasEntries) throw notPlaying();
    const before = this.#queue.current;
    const next = this.#queue.skip(count);
    this.#replace(before, "skipped", next);
    return next;
  }

  /** Plays the previous entry and returns it; null if there is none. A pause ends. */
  previous(): QueueEntry | null {
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
  }

  /** Pauses playback. Throws a QueueError `NOT_PLAYING`. */
  pause(): void {
    if (!this.#queue.current) throw notPlaying();
    this.#playback.player.paused = true;
    this.#changed();
  }

  /** Resumes playback after a pause, or after the queue has halted. Throws a QueueError `NOT_PLAYING`. */
  resume(): void {
    if (!this.#hasEntries) throw notPlaying();
    this.#playback.resetFailures();
    this.#playback.player.paused = false;
    this.start();
    this.#changed();
  }

  /**
   * Seeks in the current track.
   *
   * @param positionMs - From 0; a position beyond the end means the end.
   * @throws QueueError `NOT_PLAYING`, `NOT_SEEKABLE`, `BAD_ARGUMENT`.
   */
  seek(positionMs: number): void {
    if (!(positionMs >= 0)) throw argumentError("positionMs", positionMs, "0 or more");
    const { entry } = this.#playback;
    if (!entry) throw notPlaying();
    const { isSeekable, lengthMs } = entry.track;
    if (!isSeekable) throw new QueueError("NOT_SEEKABLE", "the current track does not support seeking");
    this.#playback.seek(Math.min(positionMs, lengthMs ?? Number.POSITIVE_INFINITY));
    this.#changed();
  }

  /** Sets the volume as a factor, 0 to 10. Throws a QueueError `BAD_ARGUMENT`. */
  setVolume(volume: number): void {
    if (!(volume >= 0 && volume <= maxVolume)) throw argumentError("volume", volume, `0 to ${maxVolume}`);
    this.#playback.player.volume = volume;
    this.#changed();
  }

  /** Replaces all filters; `{}` disables them. Throws the validation errors of the filter models. */
  setFilters(filters: FilterMapLike): void {
    this.#playback.player.filters = toFilterTable(filters);
    this.#changed();
  }

  /** Destroys the player on the node while the queue is idle; the next track creates a new one. */
  release(): void {
    this.#playback.release();
  }

  /** Returns the state from which this or another process can resume; plain JSON. */
  toSnapshot(): QueueSnapshot {
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
   */
  close(options: { readonly destroy?: boolean } = {}): Promise<void> {
    if (!this.#isClosed) this.#playback.close(options.destroy ?? false);
    this.#isClosed = true;
    return Promise.resolve();
  }

  /** Calls {@link close}. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  get #hasEntries(): boolean {
    return this.#queue.current !== null || this.#queue.upcoming.length > 0;
  }

  #replace(before: QueueEntry | null, reason: EntryEndReason, next: QueueEntry | null): void {
    this.#playback.resetFailures();
    if (before) this.#emit(new EntryEndEvent(before, reason));
    if (this.#playback.player.paused) this.#playback.player.paused = false;
    this.#playback.playOrIdle(next);
    this.#changed();
  }

  #changed(): void {
    this.#playback.schedulePreload();
    this.#emit(new QueueChangeEvent());
  }

  /** Emits an event without waiting for listeners; their errors become events as well. */
  #emit(event: QueueEvent): void {
    if (!this.#isClosed) void this.emit(event);
  }
}

const notPlaying = (): QueueError => new QueueError("NOT_PLAYING", "nothing is playing");
