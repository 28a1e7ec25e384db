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

/** The loudest that nodes play, as a factor. */
const maxVolume = 10;

/**
 * Plays a {@link Queue} on a player of an Andesite node: goes on when a track ends, tries again or passes over what
 * breaks, and puts the player back to where it was when the node, the connection or this program was restarted.
 *
 * Every method takes effect here at once; the node follows as soon as it can be reached.
 */
export class QueuePlayer extends Observable<QueueEvent> implements AsyncDisposable {
  /** Whose player it is. */
  readonly guildId: string;
  readonly #queue: Queue;
  readonly #playback: Playback;
  #isClosed = false;

  /**
   * @param node - A client or pool of `@asterite/andesite`.
   * @param guildId - Whose player it is, as a decimal text.
   * @throws QueueError `bad-argument` naming the option; Error for a guild that has a queue there already.
   */
  constructor(node: QueueNode, guildId: string, options: QueuePlayerOptions = {}) {
    super();
    const settings = readPlayerOptions(options);
    this.guildId = guildId;
    this.#queue = new Queue(settings, settings.snapshot);
    this.#playback = new Playback(node, guildId, settings, this.#queue, (event) => this.#emit(event));
  }

  /** What plays, what comes and what was. */
  get queue(): QueueView {
    return this.#queue;
  }

  /** Whether the node is to play something now, paused or not; false when the queue is empty or has halted. */
  get isBusy(): boolean {
    return this.#playback.entry !== null;
  }

  /** Where the current entry is, in ms; as far as it is known from here. */
  get positionMs(): number {
    return this.#playback.positionMs;
  }

  /** Whether it is paused. */
  get paused(): boolean {
    return this.#playback.player.paused;
  }

  /** Factor; 1 is 100 %. */
  get volume(): number {
    return this.#playback.player.volume;
  }

  /** Settings of the filters that are on. */
  get filters(): FilterTable {
    return this.#playback.player.filters;
  }

  /** See {@link QueuePlayerOptions.gapless}. */
  get gapless(): boolean {
    return this.#playback.gapless;
  }

  /** Takes effect with the next end of a track. */
  set gapless(isGapless: boolean) {
    this.#playback.gapless = isGapless;
  }

  /**
   * Goes on with what the snapshot held, or with what waits. A node that still plays it is not disturbed, one that
   * does not starts where it was. Does nothing when something plays.
   */
  start(): void {
    if (this.#playback.entry) return;
    const { current } = this.#queue;
    if (current) this.#playback.start(current);
    else this.#playback.playOrIdle(this.#queue.next());
  }

  /**
   * Adds tracks, all or none; the first one that waits plays at once when nothing else does.
   *
   * @throws QueueError `queue-full`, `bad-argument`.
   */
  add(tracks: readonly QueueTrack[], requester: Requester, place: InsertPosition = "back"): QueueEntry[] {
    const entries = this.#queue.add(tracks, requester, place);
    if (!this.#playback.entry) {
      this.#playback.resetFailures();
      this.start();
    }
    this.#changed();
    return entries;
  }

  /** Takes an entry out, by its index from 0. Throws a QueueError `no-such-entry`. */
  remove(index: number): QueueEntry {
    const entry = this.#queue.remove(index);
    this.#changed();
    return entry;
  }

  /** Brings an entry to another index. Throws a QueueError `no-such-entry`. */
  move(from: number, to: number): QueueEntry {
    const entry = this.#queue.move(from, to);
    this.#changed();
    return entry;
  }

  /** Brings what waits into any order, each equally likely. */
  shuffle(random?: Random): void {
    this.#queue.shuffle(random);
    this.#changed();
  }

  /** Takes out all that waits. */
  clear(): QueueEntry[] {
    const entries = this.#queue.clear();
    this.#changed();
    return entries;
  }

  /** Sets what happens at the end of an entry. Throws a QueueError `bad-argument`. */
  setLoop(mode: LoopMode): void {
    this.#queue.loop = mode;
    this.#changed();
  }

  /**
   * Passes over what plays, and over more, and plays what follows, paused or not.
   *
   * @returns What plays now; null when nothing is left.
   * @throws QueueError `bad-argument`; `not-playing` when there is nothing to pass over.
   */
  skip(count = 1): QueueEntry | null {
    if (!this.#hasAnything) throw notPlaying();
    const before = this.#queue.current;
    const next = this.#queue.skip(count);
    this.#replace(before, "skipped", next);
    return next;
  }

  /** Goes back to the entry before, paused or not; null when there is none. */
  previous(): QueueEntry | null {
    const before = this.#queue.current;
    const entry = this.#queue.previous();
    if (entry) this.#replace(before, "skipped", entry);
    return entry;
  }

  /** Ends everything and empties the queue. */
  stop(): void {
    const before = this.#queue.current;
    this.#queue.stop();
    this.#replace(before, "stopped", null);
  }

  /** Pauses. Throws a QueueError `not-playing`. */
  pause(): void {
    if (!this.#queue.current) throw notPlaying();
    this.#playback.player.paused = true;
    this.#changed();
  }

  /** Goes on after a pause, or after the queue has halted. Throws a QueueError `not-playing`. */
  resume(): void {
    if (!this.#hasAnything) throw notPlaying();
    this.#playback.resetFailures();
    this.#playback.player.paused = false;
    this.start();
    this.#changed();
  }

  /**
   * Goes to a position of what plays.
   *
   * @param positionMs - From 0; beyond the end means the end.
   * @throws QueueError `not-playing`, `not-seekable`, `bad-argument`.
   */
  seek(positionMs: number): void {
    if (!(positionMs >= 0)) throw argumentError("positionMs", positionMs, "0 or more");
    const { entry } = this.#playback;
    if (!entry) throw notPlaying();
    const { isSeekable, lengthMs } = entry.track;
    if (!isSeekable) throw new QueueError("not-seekable", "what plays has no positions");
    this.#playback.seek(Math.min(positionMs, lengthMs ?? Number.POSITIVE_INFINITY));
    this.#changed();
  }

  /** Sets the volume as a factor, 0 to 10. Throws a QueueError `bad-argument`. */
  setVolume(volume: number): void {
    if (!(volume >= 0 && volume <= maxVolume)) throw argumentError("volume", volume, `0 to ${maxVolume}`);
    this.#playback.player.volume = volume;
    this.#changed();
  }

  /** Replaces all filters; `{}` for none. Throws what the models of filters throw. */
  setFilters(filters: FilterMapLike): void {
    this.#playback.player.filters = toFilterTable(filters);
    this.#changed();
  }

  /** Frees what the node holds for a queue that plays nothing; the next track takes it again. */
  release(): void {
    this.#playback.release();
  }

  /** All that is needed to go on later, in another process too; plain JSON. */
  toSnapshot(): QueueSnapshot {
    const { current, upcoming, history, loop } = this.#queue;
    const content = { current, upcoming: [...upcoming], history: [...history], loop };
    return { v: 1, ...content, ...this.#playback.toSnapshot() };
  }

  /**
   * Lets go of the player, which plays its track to the end.
   *
   * @param options - `destroy` ends the player on the node instead, if the node can be reached.
   */
  close(options: { readonly destroy?: boolean } = {}): Promise<void> {
    if (!this.#isClosed) this.#playback.close(options.destroy ?? false);
    this.#isClosed = true;
    return Promise.resolve();
  }

  /** The same as {@link close}. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  get #hasAnything(): boolean {
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

  /** Listeners that fail become events of their own; nothing here waits for them. */
  #emit(event: QueueEvent): void {
    if (!this.#isClosed) void this.emit(event);
  }
}

const notPlaying = (): QueueError => new QueueError("not-playing", "nothing is playing");
