import { Crossfade, Normaliser } from "@asterite/audio/dsp";
import type { MediaStream, OpusLibrary, TrackError } from "@asterite/audio/media";
import { frameMs, frameSamples } from "./frame.ts";
import type { PlayOrder } from "./messages.ts";
import { TrackFeed } from "./track-feed.ts";

/** A track that waits is opened when the one before it has this long to go. */
const openAheadMs = 10_000;

/** What a programme tells its deck. */
export interface ProgrammeEvents {
  /** Opens the track of a number. */
  open(generation: number, signal: AbortSignal): Promise<MediaStream>;
  /** A track ended, and the one that waited took its place. */
  advanced(ended: number, next: PlayOrder): void;
  /** A track has a fault. */
  failed(generation: number, error: TrackError): void;
  /** There is more to play, or nothing more will come. */
  changed(): void;
}

interface Item {
  readonly order: PlayOrder;
  readonly feed: TrackFeed;
  /** Made when the container has said what it knows about the loudness; null before, and without. */
  normaliser: Normaliser | null;
  endMs: number;
}

interface Fade {
  readonly from: Item;
  readonly crossfade: Crossfade;
}

const toSamples = (ms: number): number => Math.ceil((ms * frameSamples) / frameMs);

const isAtEnd = ({ endMs, feed }: Item): boolean => endMs > 0 && feed.positionMs >= endMs;

const isDone = (item: Item): boolean => item.feed.finished || isAtEnd(item);

// One thread makes one block at a time, so all programmes share what they fade with.
const newLeft = new Float32Array(frameSamples);
const newRight = new Float32Array(frameSamples);

/** What a deck plays: a track, the one that follows it without a gap, and the fade between two. */
export class Programme {
  readonly #opus: OpusLibrary;
  readonly #events: ProgrammeEvents;
  #now: Item | null = null;
  /** Waits, and is not open yet. */
  #waiting: PlayOrder | null = null;
  #next: Item | null = null;
  #fade: Fade | null = null;

  constructor(opus: OpusLibrary, events: ProgrammeEvents) {
    this.#opus = opus;
    this.#events = events;
  }

  /** The track that plays. */
  get order(): PlayOrder | null {
    return this.#now?.order ?? null;
  }

  /** Whether there is something to play now. */
  get ready(): boolean {
    return this.#now !== null && ((this.#now.feed.ready && !isAtEnd(this.#now)) || this.#fade !== null);
  }

  /** Whether there is a track, and nothing more of it or after it will come. */
  get finished(): boolean {
    return this.#now !== null && !this.#next && !this.#waiting && isDone(this.#now);
  }

  /** Whether what comes may be louder than full scale. */
  get limited(): boolean {
    return this.#fade !== null || this.#now?.order.normalize === true;
  }

  /** Whether the track that plays has a fault. */
  get failed(): boolean {
    return this.#now?.feed.failed === true;
  }

  /** Puts a track in the place of the one that plays; with a crossfade the old one goes on until it has come. */
  put(order: PlayOrder): void {
    const from = this.#now;
    this.#drop();
    this.#now = this.#make(order);
    if (from) this.#leave(from, order.crossfadeMs);
  }

  /** Puts a track behind the one that plays. */
  queue(order: PlayOrder): void {
    this.#next?.feed.close();
    this.#next = null;
    this.#waiting = order;
  }

  /** Goes to another position of the track, in ms. */
  seek(positionMs: number): void {
    this.#endFade();
    this.#now?.feed.seek(positionMs);
  }

  /** Changes the end marker of the track, in ms; 0 takes it away. */
  endAt(endMs: number): void {
    if (this.#now) this.#now.endMs = endMs;
  }

  /** Takes everything off. */
  clear(): void {
    this.#drop();
    this.#now?.feed.close();
    this.#now = null;
  }

  /** The next 20 ms as the packet of the file; null where they have to be decoded, or are not there. */
  takePacket(): Uint8Array | null {
    for (let now = this.#now; now; now = this.#now) {
      this.#lookAhead(now);
      if (this.limited) return null;
      if (this.#now !== now) continue;
      const packet = isAtEnd(now) ? null : now.feed.takePacket();
      if (packet || !isDone(now) || !this.#advance(now)) return packet;
    }
    return null;
  }

  /** Fills the block from one place up to another, at most 20 ms; tells how many samples there were. */
  pull(left: Float32Array, right: Float32Array, offset: number, end: number): number {
    let filled = offset;
    for (let now = this.#now; now && filled < end; now = this.#now) {
      this.#lookAhead(now);
      if (this.#now !== now) continue;
      const count = this.#fade
        ? this.#pullFading(now, this.#fade, left, right, filled, end - filled)
        : pullItem(now, left, right, filled, end - filled);
      filled += count;
      if (count === 0 && !(isDone(now) && this.#advance(now))) break;
    }
    return filled - offset;
  }

  #make(order: PlayOrder): Item {
    const { generation, startMs, endMs } = order;
    const feed = new TrackFeed(this.#opus, startMs, (signal) => this.#events.open(generation, signal), {
      changed: () => this.#events.changed(),
      failed: (error) => this.#events.failed(generation, error),
    });
    return { order, feed, endMs, normaliser: null };
  }

  #drop(): void {
    this.#endFade();
    this.#waiting = null;
    this.#next?.feed.close();
    this.#next = null;
  }

  #endFade(): void {
    this.#fade?.from.feed.close();
    this.#fade = null;
  }

  #leave(from: Item, crossfadeMs: number): void {
    this.#endFade();
    if (crossfadeMs > 0 && !isDone(from))
      this.#fade = { from, crossfade: new Crossfade(toSamples(crossfadeMs)) };
    else from.feed.close();
  }

  /** Opens the track that waits when it is time, and goes over to it early when the two are to be faded. */
  #lookAhead(now: Item): void {
    const order = this.#waiting ?? this.#next?.order;
    if (!order) return;
    const endMs = now.endMs > 0 ? now.endMs : (now.feed.facts?.durationMs ?? 0);
    const leftMs = endMs - now.feed.positionMs;
    if (leftMs <= openAheadMs + order.crossfadeMs) this.#openNext();
    if (leftMs <= order.crossfadeMs && this.#next?.feed.ready) this.#advance(now);
  }

  #openNext(): void {
    if (!this.#waiting) return;
    this.#next = this.#make(this.#waiting);
    this.#waiting = null;
  }

  /** Goes over to the track that waits; false where there is none. */
  #advance(now: Item): boolean {
    this.#openNext();
    if (!this.#next) return false;
    this.#now = this.#next;
    this.#next = null;
    const { order } = this.#now;
    this.#leave(now, order.crossfadeMs);
    this.#events.advanced(now.order.generation, order);
    return true;
  }

  #pullFading(
    now: Item,
    { from, crossfade }: Fade,
    left: Float32Array,
    right: Float32Array,
    offset: number,
    wanted: number,
  ): number {
    if (!now.feed.ready && !now.feed.finished) {
      const count = pullItem(from, left, right, offset, wanted);
      if (isDone(from)) this.#endFade();
      return count;
    }
    const count = pullItem(now, newLeft, newRight, 0, Math.min(wanted, Math.max(1, crossfade.remaining)));
    const [oldLeft, oldRight] = [left.subarray(offset), right.subarray(offset)];
    const old = pullItem(from, oldLeft, oldRight, 0, count);
    oldLeft.fill(0, old, count);
    oldRight.fill(0, old, count);
    crossfade.mix(oldLeft, oldRight, newLeft, newRight, count);
    if (crossfade.remaining <= 0 || isDone(now)) this.#endFade();
    return count;
  }
}

function pullItem(
  item: Item,
  left: Float32Array,
  right: Float32Array,
  offset: number,
  wanted: number,
): number {
  const { feed, endMs, order } = item;
  const toEnd = endMs > 0 ? Math.max(0, toSamples(endMs - feed.positionMs)) : wanted;
  const count = feed.pull(left, right, offset, Math.min(wanted, toEnd));
  if (count > 0 && order.normalize) {
    item.normaliser ??= new Normaliser(feed.facts?.replayGainDb ?? null);
    item.normaliser.process(
      left.subarray(offset, offset + count),
      right.subarray(offset, offset + count),
      count,
    );
  }
  return count;
}
