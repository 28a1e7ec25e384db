import { anyEnabled, FilterChain, Limiter, PlayerVolume, toInt16 } from "@asterite/audio/dsp";
import type { MediaStream, OpusLibrary, TrackError } from "@asterite/audio/media";
import { DeckGauge } from "./shared-deck-stats.ts";
import { frameMs, frameSamples, monotonicMs } from "./frame.ts";
import type { DeckName, DeckSettings, PlayOrder } from "./messages.ts";
import { Programme } from "./gapless-source.ts";

/** What a deck reports. */
export interface DeckEvents {
  /** Opens the track of a number. */
  open(deck: DeckName, generation: number, signal: AbortSignal): Promise<MediaStream>;
  /** A track is over and its last frame was handed out. */
  ended(deck: DeckName, generation: number, reason: "FINISHED" | "LOAD_FAILED", next: number | null): void;
  exception(deck: DeckName, generation: number, error: TrackError): void;
  /** The single player's track gave no frame for longer than the threshold. */
  stuck(generation: number): void;
}

// One thread makes one block at a time, so all decks share what they filter from.
const inLeft = new Float32Array(frameSamples);
const inRight = new Float32Array(frameSamples);

/** A limiter, and the samples that it gets in advance. */
class Ceiling {
  readonly limiter = new Limiter();
  readonly left = new Float32Array(Limiter.delay);
  readonly right = new Float32Array(Limiter.delay);
}

/** Volume that changes nothing, in percent. */
const fullVolume = 100;

/**
 * Plays one track at a time: sends it through the filters and hands it out in frames of 20 ms, either as
 * samples or, where nothing is to be changed, as the packets of the file.
 */
export class Deck {
  readonly name: DeckName;
  readonly #events: DeckEvents;
  readonly #stuckThresholdMs: number;
  readonly #programme: Programme;
  readonly #volume: PlayerVolume;
  readonly #left = new Float32Array(frameSamples);
  readonly #right = new Float32Array(frameSamples);
  /** Samples of the frame that is being made. */
  #filled = 0;
  /** Frames that were made and not handed out yet. */
  #made = 0;
  #flushed = false;
  /** Keeps what may be louder than full scale below it; made when that comes. */
  #ceiling: Ceiling | null = null;
  /** Samples that the limiter was given in advance, and that are to come out of it at the end. */
  #tail = 0;
  /** Made with the first filter, because most players never have one. */
  #chain: FilterChain | null = null;
  readonly #gauge: DeckGauge;
  #settings: DeckSettings;
  #stamp: number;
  #positionMs = 0;
  #delivered = false;
  #lastFrameMs = 0;
  #toldStuck = false;

  constructor(
    name: DeckName,
    gauge: SharedArrayBuffer,
    settings: DeckSettings,
    stamp: number,
    stuckThresholdMs: number,
    opus: OpusLibrary,
    events: DeckEvents,
  ) {
    this.name = name;
    this.#gauge = new DeckGauge(gauge);
    this.#settings = settings;
    this.#stamp = stamp;
    this.#stuckThresholdMs = stuckThresholdMs;
    this.#events = events;
    this.#volume = new PlayerVolume(settings.volume);
    this.#programme = new Programme(opus, {
      open: (generation, signal) => events.open(name, generation, signal),
      advanced: (ended, next) => this.#advanced(ended, next),
      failed: (generation, error) => {
        events.exception(name, generation, error);
        this.#endIfOver();
      },
      changed: () => this.#endIfOver(),
    });
    if (anyEnabled(settings.filters)) this.#chain = new FilterChain(settings.filters);
  }

  /** Number of the last command that was carried out. */
  get stamp(): number {
    return this.#stamp;
  }

  /** Whether there is a track. */
  get loaded(): boolean {
    return this.#programme.order !== null;
  }

  /** Whether there is an unpaused track. */
  get playing(): boolean {
    return this.loaded && !this.#settings.paused;
  }

  /** Whether a frame could be made now. */
  get ready(): boolean {
    return this.playing && (this.#filled > 0 || this.#programme.ready);
  }

  /** Takes new settings, or commands that came to another thread before. */
  configure(settings: DeckSettings, stamp: number): void {
    const { paused, filters } = this.#settings;
    this.#settings = settings;
    this.#stamp = stamp;
    this.#volume.set(settings.volume);
    // A chain that begins as nothing was set can change without a click.
    if (anyEnabled(settings.filters)) this.#chain ??= new FilterChain(filters);
    this.#chain?.configure(settings.filters);
    if (paused === settings.paused || !this.loaded) return;
    if (settings.paused) this.#gauge.end(monotonicMs());
    else this.#begin();
  }

  /** Puts a track on, or behind the one that is there. */
  play(order: PlayOrder, stamp: number): void {
    if (order.next && this.loaded) {
      this.#programme.queue(order);
      return;
    }
    const fading = order.crossfadeMs > 0 && this.loaded;
    this.#programme.put(order);
    if (!fading) this.#clearBlock();
    this.#delivered = false;
    this.#begin();
    this.#place(order.startMs, stamp);
  }

  /** Takes the track off. */
  stop(stamp: number): void {
    this.#programme.clear();
    this.#clearBlock();
    this.#gauge.end(monotonicMs());
    this.#place(0, stamp);
  }

  /** Goes to another position of the track, in ms. */
  seek(positionMs: number, stamp: number): void {
    this.#programme.seek(positionMs);
    this.#clearBlock();
    this.#lastFrameMs = monotonicMs();
    this.#place(positionMs, stamp);
  }

  /** Changes the end marker, in ms; 0 takes it away. */
  endAt(endMs: number): void {
    this.#programme.endAt(endMs);
  }

  /** The next frame as the packet of the file; null where it has to be decoded, or is not there. */
  takePacket(): Uint8Array | null {
    const { paused, volume } = this.#settings;
    if (paused || volume !== fullVolume || this.#filled > 0) return null;
    if (this.#chain?.active || !this.#volume.neutral) return null;
    if (this.#programme.limited) return null;
    const packet = this.#programme.takePacket();
    if (!packet) return null;
    this.#dropCeiling();
    this.#made++;
    return packet;
  }

  /** Makes the next frame of samples, left and right in turn; false where there is none yet. */
  fill(samples: Int16Array): boolean {
    if (!this.playing || !this.#prime()) return false;
    this.#filled += this.#take(this.#left, this.#right, this.#filled, frameSamples);
    if (this.#filled < frameSamples) {
      const isRest = this.#filled > 0 || this.#tail > 0;
      if (!this.#over || !isRest) return false;
      // What is left of a track that is over makes a last frame.
      this.#left.fill(0, this.#filled);
      this.#right.fill(0, this.#filled);
      this.#tail -= frameSamples - this.#filled;
    }
    this.#filled = 0;
    this.#ceiling?.limiter.process(this.#left, this.#right, frameSamples);
    toInt16(this.#left, this.#right, frameSamples, samples);
    this.#volume.process(samples, frameSamples);
    this.#made++;
    return true;
  }

  /** Somebody asks for a frame, and there may be none. */
  ask(): void {
    this.#gauge.ask();
  }

  /** @param stamp - Of the deck when the frame that was handed out was made. */
  handOut(stamp: number): void {
    const nowMs = monotonicMs();
    this.#made--;
    this.#lastFrameMs = nowMs;
    if (stamp === this.#stamp) {
      this.#delivered = true;
      this.#positionMs += frameMs * (this.#chain?.speed ?? 1);
    }
    this.#gauge.delivered(this.#positionMs, nowMs);
    this.#endIfOver();
  }

  /** A frame that was made will not be handed out. */
  discard(): void {
    this.#made--;
  }

  /** A frame was asked for while there was none. */
  miss(): void {
    const { order } = this.#programme;
    if (!order || this.#settings.paused) return;
    const nowMs = monotonicMs();
    this.#gauge.missed(nowMs);
    if (this.#toldStuck || nowMs - this.#lastFrameMs <= this.#stuckThresholdMs) return;
    this.#toldStuck = true;
    if (this.name === null) this.#events.stuck(order.generation);
  }

  /** Lets go of everything. */
  close(): void {
    this.#programme.clear();
  }

  /** Whether nothing more will come, but for what stands in the block. */
  get #over(): boolean {
    const chain = this.#chain?.active ? this.#chain : null;
    return this.#programme.finished && (!chain || (this.#flushed && chain.available === 0));
  }

  #begin(): void {
    const nowMs = monotonicMs();
    this.#gauge.start(nowMs);
    this.#lastFrameMs = nowMs;
    this.#toldStuck = false;
  }

  #place(positionMs: number, stamp = this.#stamp): void {
    this.#stamp = stamp;
    this.#positionMs = positionMs;
    this.#gauge.place(stamp, positionMs);
  }

  #clearBlock(): void {
    this.#dropCeiling();
    this.#filled = 0;
    this.#flushed = false;
    this.#chain?.reset();
  }

  #dropCeiling(): void {
    this.#ceiling = null;
    this.#tail = 0;
  }

  /**
   * Gives a limiter the samples that it looks ahead to, so that nothing is silent where it begins. False where
   * they are not there yet.
   */
  #prime(): boolean {
    if (!this.#ceiling && !this.#programme.limited) return true;
    this.#ceiling ??= new Ceiling();
    const { limiter, left, right } = this.#ceiling;
    if (this.#tail >= Limiter.delay || this.#over) return true;
    this.#tail += this.#take(left, right, this.#tail, Limiter.delay);
    if (this.#tail < Limiter.delay) return this.#over;
    limiter.process(left, right, Limiter.delay);
    return true;
  }

  /** Fills a block from one place to another, through the filters where there are any. */
  #take(left: Float32Array, right: Float32Array, offset: number, end: number): number {
    if (this.#chain?.active) return this.#filter(this.#chain, left, right, offset, end);
    return this.#programme.pull(left, right, offset, end);
  }

  #advanced(ended: number, next: PlayOrder): void {
    this.#begin();
    this.#place(next.startMs);
    this.#events.ended(this.name, ended, "FINISHED", next.generation);
  }

  /** Sends the track through the filters until the block is full; tells how many samples there were. */
  #filter(chain: FilterChain, left: Float32Array, right: Float32Array, offset: number, end: number): number {
    const wanted = end - offset;
    while (chain.available < wanted) {
      const count = this.#programme.pull(inLeft, inRight, 0, frameSamples);
      if (count > 0) {
        chain.write(inLeft, inRight, count);
      } else if (this.#programme.finished && !this.#flushed) {
        chain.flush();
        this.#flushed = true;
      } else {
        break;
      }
    }
    if (offset === 0) return chain.read(left, right, wanted);
    return chain.read(left.subarray(offset), right.subarray(offset), wanted);
  }

  /** Does not wait for somebody to ask: a track that failed at once ends, whoever listens. */
  #endIfOver(): void {
    const { order } = this.#programme;
    if (!order || this.#made > 0 || this.#filled > 0 || this.#tail > 0 || !this.#over) return;
    const failed = this.#programme.failed && !this.#delivered;
    this.#programme.clear();
    this.#clearBlock();
    this.#gauge.end(monotonicMs());
    this.#events.ended(this.name, order.generation, failed ? "LOAD_FAILED" : "FINISHED", null);
  }
}
