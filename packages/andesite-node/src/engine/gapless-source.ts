import { Crossfade, Normaliser } from "@asterite/audio/dsp";
import { frameMs, frameSamples } from "./frame.ts";
import type { HostServices } from "./host-services.ts";
import type { DeckAddress, PlayCommand } from "./messages.ts";
import { TrackFeed } from "./track-feed.ts";

/** A queued track is opened when the track before it has this much left, in ms. */
const openAheadMs = 10_000;

/** Events of a source, for its deck. */
export interface SourceEvents {
  /** A track ended, and the queued one took its place. */
  advanced(endedGeneration: number, next: PlayCommand): void;
  /** More audio is available, or the track has ended or failed. */
  changed(): void;
}

interface Item {
  readonly command: PlayCommand;
  readonly feed: TrackFeed;
  /**
   * Created with the first samples, when the container's ReplayGain is known; `undefined` without
   * normalisation.
   */
  normaliser: Normaliser | undefined;
  endMs: number;
}

interface Fade {
  readonly from: Item;
  readonly crossfade: Crossfade;
}

const toSamples = (ms: number): number => Math.ceil((ms * frameSamples) / frameMs);

const isAtEnd = ({ endMs, feed }: Item): boolean => endMs > 0 && feed.positionMs >= endMs;

const isDone = (item: Item): boolean => item.feed.isFinished || isAtEnd(item);

// A thread makes one block at a time, so all sources share the buffers of the incoming track.
const newLeft = new Float32Array(frameSamples);
const newRight = new Float32Array(frameSamples);

/**
 * Audio of a deck: the current track, the queued one that follows without a gap, and the crossfade between
 * two.
 */
export class GaplessSource {
  readonly #deck: DeckAddress;
  readonly #services: HostServices;
  readonly #events: SourceEvents;
  #current: Item | undefined;
  /** Queued, and not opened yet. */
  #queued: PlayCommand | undefined;
  /** Queued and opened. */
  #next: Item | undefined;
  #fade: Fade | undefined;

  constructor(deck: DeckAddress, services: HostServices, events: SourceEvents) {
    this.#deck = deck;
    this.#services = services;
    this.#events = events;
  }

  /** The current track. */
  get current(): PlayCommand | undefined {
    return this.#current?.command;
  }

  /** Whether audio is available now. */
  get isReady(): boolean {
    const current = this.#current;
    return current !== undefined && ((current.feed.isReady && !isAtEnd(current)) || this.#fade !== undefined);
  }

  /** Whether there is a track, and neither it nor a queued one has audio left. */
  get isFinished(): boolean {
    return this.#current !== undefined && !this.#next && !this.#queued && isDone(this.#current);
  }

  /** Whether samples may exceed full scale: during a crossfade, and with normalisation. */
  get needsLimiter(): boolean {
    return this.#fade !== undefined || this.#current?.command.normalize === true;
  }

  /** Whether the current track has a fault. */
  get hasFailed(): boolean {
    return this.#current?.feed.hasFailed === true;
  }

  /** Replaces the current track. With a crossfade the old track continues until the new one has audio. */
  play(command: PlayCommand): void {
    const from = this.#current;
    this.#clearQueue();
    this.#current = this.#makeItem(command);
    if (from) this.#fadeOut(from, command.crossfadeMs);
  }

  /** Queues a track after the current one, in place of one queued before. */
  queue(command: PlayCommand): void {
    this.unqueue();
    this.#queued = command;
  }

  /** Removes the track queued after the current one. */
  unqueue(): void {
    this.#next?.feed.close();
    this.#next = undefined;
    this.#queued = undefined;
  }

  /** Seeks in the current track, to a position in ms. */
  seek(positionMs: number): void {
    this.#endFade();
    this.#current?.feed.seek(positionMs);
  }

  /** Changes the end marker of the current track, in ms; 0 removes it. */
  setEndMarker(endMs: number): void {
    if (this.#current) this.#current.endMs = endMs;
  }

  /** Closes all tracks. */
  clear(): void {
    this.#clearQueue();
    this.#current?.feed.close();
    this.#current = undefined;
  }

  /** Returns the next 20 ms as a packet of the file; `null` if they must be decoded, or are not available. */
  pullPacket(): Uint8Array | null {
    for (let current = this.#current; current; current = this.#current) {
      this.#lookAhead(current);
      if (this.needsLimiter) return null;
      if (this.#current !== current) continue;
      const packet = isAtEnd(current) ? null : current.feed.pullPacket();
      if (packet || !isDone(current) || !this.#advance(current)) return packet;
    }
    return null;
  }

  /** Fills the block from `offset` to `end`, at most 20 ms. Returns the number of samples. */
  pullSamples(left: Float32Array, right: Float32Array, offset: number, end: number): number {
    let filled = offset;
    for (let current = this.#current; current && filled < end; current = this.#current) {
      this.#lookAhead(current);
      if (this.#current !== current) continue;
      const count = this.#fade
        ? this.#pullFading(current, this.#fade, left, right, filled, end - filled)
        : pullItem(current, left, right, filled, end - filled);
      filled += count;
      if (count === 0 && !(isDone(current) && this.#advance(current))) break;
    }
    return filled - offset;
  }

  #makeItem(command: PlayCommand): Item {
    const { generation, startMs, endMs } = command;
    const track = { ...this.#deck, generation };
    const feed = new TrackFeed(track, startMs, this.#services, () => this.#events.changed());
    return { command, feed, endMs, normaliser: undefined };
  }

  #clearQueue(): void {
    this.#endFade();
    this.unqueue();
  }

  #endFade(): void {
    this.#fade?.from.feed.close();
    this.#fade = undefined;
  }

  #fadeOut(from: Item, crossfadeMs: number): void {
    this.#endFade();
    if (crossfadeMs > 0 && !isDone(from))
      this.#fade = { from, crossfade: new Crossfade(toSamples(crossfadeMs)) };
    else from.feed.close();
  }

  /** Opens the queued track in time, and advances to it early if the two are crossfaded. */
  #lookAhead(current: Item): void {
    const command = this.#queued ?? this.#next?.command;
    if (!command) return;
    const { facts, positionMs } = current.feed;
    const endMs = current.endMs > 0 ? current.endMs : facts?.durationMs;
    // A track without a known length is left when it has ended.
    if (endMs === undefined || endMs === null) return;
    const leftMs = endMs - positionMs;
    if (leftMs <= openAheadMs + command.crossfadeMs) this.#openQueued();
    // A track whose length is an estimate is left when it has ended.
    const isEndKnown = current.endMs > 0 || facts?.isDurationEstimated === false;
    if (isEndKnown && leftMs <= command.crossfadeMs && this.#next?.feed.isReady) this.#advance(current);
  }

  #openQueued(): void {
    if (!this.#queued) return;
    this.#next = this.#makeItem(this.#queued);
    this.#queued = undefined;
  }

  /** Advances to the queued track. Returns false if there is none. */
  #advance(current: Item): boolean {
    this.#openQueued();
    if (!this.#next) return false;
    this.#current = this.#next;
    this.#next = undefined;
    const { command } = this.#current;
    this.#fadeOut(current, command.crossfadeMs);
    this.#events.advanced(current.command.generation, command);
    return true;
  }

  #pullFading(
    current: Item,
    { from, crossfade }: Fade,
    left: Float32Array,
    right: Float32Array,
    offset: number,
    wanted: number,
  ): number {
    if (!current.feed.isReady && !current.feed.isFinished) {
      const count = pullItem(from, left, right, offset, wanted);
      if (isDone(from)) this.#endFade();
      return count;
    }
    const count = pullItem(current, newLeft, newRight, 0, Math.min(wanted, Math.max(1, crossfade.remaining)));
    const [oldLeft, oldRight] = [left.subarray(offset), right.subarray(offset)];
    const old = pullItem(from, oldLeft, oldRight, 0, count);
    oldLeft.fill(0, old, count);
    oldRight.fill(0, old, count);
    crossfade.mix(oldLeft, oldRight, newLeft, newRight, count);
    if (crossfade.remaining <= 0 || isDone(current)) this.#endFade();
    return count;
  }
}

/** Reads samples of one track up to its end marker, normalised if its command requests that. */
function pullItem(
  item: Item,
  left: Float32Array,
  right: Float32Array,
  offset: number,
  wanted: number,
): number {
  const { feed, endMs, command } = item;
  const toEnd = endMs > 0 ? Math.max(0, toSamples(endMs - feed.positionMs)) : wanted;
  const count = feed.pullSamples(left, right, offset, Math.min(wanted, toEnd));
  if (count > 0 && command.normalize) {
    item.normaliser ??= new Normaliser(feed.facts?.replayGainDb ?? null);
    item.normaliser.process(
      left.subarray(offset, offset + count),
      right.subarray(offset, offset + count),
      count,
    );
  }
  return count;
}
