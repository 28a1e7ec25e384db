import {
  anyEnabled,
  FilterChain,
  Limiter,
  type LimiterOptions,
  PlayerVolume,
  toInt16,
} from "@asterite/audio/dsp";
import { frameMs, frameSamples, monotonicMs } from "./frame.ts";
import { GaplessSource } from "./gapless-source.ts";
import type { HostServices } from "./host-services.ts";
import type { DeckAddress, DeckName, DeckSettings, PlayCommand } from "./messages.ts";
import { SharedDeckStats } from "./shared-deck-stats.ts";

// A thread makes one block at a time, so all decks share the input of their filters.
const inLeft = new Float32Array(frameSamples);
const inRight = new Float32Array(frameSamples);

/** A limiter, and the samples it is fed in advance because of its look-ahead. */
class LookAheadLimiter {
  readonly limiter: Limiter;
  readonly left = new Float32Array(Limiter.delay);
  readonly right = new Float32Array(Limiter.delay);

  constructor(options: LimiterOptions) {
    this.limiter = new Limiter(options);
  }
}

const noLimit: LimiterOptions = Object.freeze({ ceilingDb: Number.POSITIVE_INFINITY });

/** Volume at which samples stay unchanged, in percent. */
const fullVolume = 100;

/**
 * Plays one track at a time through filters and volume, as frames of 20 ms: samples or, without any
 * processing, the Opus packets of the file.
 */
export class Deck {
  readonly #address: DeckAddress;
  readonly #services: HostServices;
  readonly #source: GaplessSource;
  readonly #volume: PlayerVolume;
  readonly #left = new Float32Array(frameSamples);
  readonly #right = new Float32Array(frameSamples);
  /** Samples in the block of the frame that is being made. */
  #filled = 0;
  /** Frames made and not yet delivered. */
  #undelivered = 0;
  /** How many of the last undelivered frames are behind the end of the track. */
  #tailFrames = 0;
  #isFlushed = false;
  /** Samples at the start of the block that the volume was already applied to. */
  #scaled = 0;
  /**
   * Limits peaks above full scale; created when the source may have some, or with the effect. The volume precedes it,
   * so that a raised one is limited too; without a limiter the volume comes last.
   */
  #limiter: LookAheadLimiter | undefined;
  /** Samples fed to the limiter in advance, which must come out of it at the end. */
  #tail = 0;
  /** Created with the first filter, because most players never have one. */
  #chain: FilterChain | undefined;
  readonly #stats: SharedDeckStats;
  #settings: DeckSettings;
  #revision: number;
  #positionMs = 0;
  #hasDelivered = false;
  #lastFrameMs = 0;
  #isStuckReported = false;

  /** @param stats - Memory of the deck's `SharedDeckStats`. */
  constructor(
    address: DeckAddress,
    stats: SharedArrayBuffer,
    settings: DeckSettings,
    revision: number,
    services: HostServices,
  ) {
    this.#address = address;
    this.#stats = new SharedDeckStats(stats);
    this.#settings = settings;
    this.#revision = revision;
    this.#services = services;
    this.#volume = new PlayerVolume(settings.volume);
    this.#source = new GaplessSource(address, services, {
      advanced: (ended, next) => this.#onAdvanced(ended, next),
      changed: () => this.#endIfOver(),
    });
    if (anyEnabled(settings.filters)) this.#chain = new FilterChain(settings.filters);
  }

  /** Name of the deck; `null` is the single player. */
  get name(): DeckName {
    return this.#address.deck;
  }

  /** Revision of the last command that was executed. */
  get revision(): number {
    return this.#revision;
  }

  /** Whether there is a track. */
  get isLoaded(): boolean {
    return this.#source.current !== undefined;
  }

  /** Whether there is an unpaused track. */
  get isPlaying(): boolean {
    return this.isLoaded && !this.#settings.paused;
  }

  /** Options of the client's limiter; undefined while that is off. */
  get limit(): LimiterOptions | undefined {
    const { limiter, enabled } = this.#settings.filters;
    if (!enabled.limiter) return undefined;
    return { ceilingDb: limiter.ceiling, releaseMs: limiter.release, truePeak: true };
  }

  /** Whether a frame could be made now. */
  get isReady(): boolean {
    return this.isPlaying && (this.#filled > 0 || this.#source.isReady);
  }

  /** Changes the settings. After a move to this thread, `revision` continues the count of the old one. */
  configure(settings: DeckSettings, revision: number): void {
    const { paused, filters } = this.#settings;
    this.#settings = settings;
    this.#revision = revision;
    this.#volume.set(settings.volume);
    // A chain created with the old settings fades to the new ones without a click.
    if (anyEnabled(settings.filters)) this.#chain ??= new FilterChain(filters);
    this.#chain?.configure(settings.filters);
    if (paused === settings.paused || !this.isLoaded) return;
    if (settings.paused) this.#stats.recordEnd(monotonicMs());
    else this.#recordStart();
  }

  /** Plays a track in place of the current one, or queues it after that one. */
  play(command: PlayCommand, revision: number): void {
    if (command.next && this.isLoaded) {
      this.#source.queue(command);
      return;
    }
    const isFading = command.crossfadeMs > 0 && this.isLoaded;
    this.#source.play(command);
    if (!isFading) this.#clearBlock();
    this.#hasDelivered = false;
    this.#recordStart();
    this.#setPosition(command.startMs, revision);
  }

  /** Removes the track, and the one queued after it. */
  stop(revision: number): void {
    this.#source.clear();
    this.#clearBlock();
    this.#stats.recordEnd(monotonicMs());
    this.#setPosition(0, revision);
  }

  /** Seeks to a position in the track, in ms. */
  seek(positionMs: number, revision: number): void {
    this.#source.seek(positionMs);
    this.#clearBlock();
    this.#lastFrameMs = monotonicMs();
    this.#setPosition(positionMs, revision);
  }

  /** Changes the end marker, in ms; 0 removes it. */
  setEndMarker(endMs: number): void {
    this.#source.setEndMarker(endMs);
  }

  /** Removes the track queued after the current one. */
  unqueue(): void {
    this.#source.unqueue();
  }

  /** Returns the next frame as a packet of the file; `null` if it must be decoded, or is not available. */
  pullPacket(): Uint8Array | null {
    const { paused, volume } = this.#settings;
    if (paused || volume !== fullVolume || this.#filled > 0) return null;
    if (this.#chain?.isActive || !this.#volume.isNeutral) return null;
    if (this.#needsLimiter) return null;
    const packet = this.#source.pullPacket();
    if (!packet) return null;
    this.#dropLimiter();
    this.#undelivered++;
    return packet;
  }

  /**
   * Writes the next frame as samples, alternating left and right. Returns false if it is not available yet.
   */
  pullSamples(samples: Int16Array): boolean {
    if (!this.isPlaying || !this.#prepareLimiter()) return false;
    this.#filled += this.#fillBlock(this.#left, this.#right, this.#filled, frameSamples);
    if (this.#filled < frameSamples) {
      const hasRest = this.#filled > 0 || this.#tail > 0;
      if (!this.#isOver || !hasRest) return false;
      // Pad the rest of the track to a last frame.
      this.#left.fill(0, this.#filled);
      this.#right.fill(0, this.#filled);
      this.#tail -= frameSamples - this.#filled;
    }
    this.#filled = 0;
    this.#finishBlock(samples);
    this.#undelivered++;
    if (this.#chain?.isInTail) this.#tailFrames++;
    return true;
  }

  /** Counts a request for a frame, whether or not one is available. */
  countRequested(): void {
    this.#stats.countRequested();
  }

  /**
   * Counts a delivered frame and moves the position, which stands still in the tail of an effect.
   *
   * @param revision - Revision of the deck when the frame was made.
   */
  countDelivered(revision: number): void {
    const nowMs = monotonicMs();
    const isOfTrack = this.#undelivered > this.#tailFrames;
    this.#countDown();
    this.#lastFrameMs = nowMs;
    if (revision === this.#revision) {
      this.#hasDelivered = true;
      if (isOfTrack) this.#positionMs += frameMs * (this.#chain?.speed ?? 1);
    }
    this.#stats.countDelivered(this.#positionMs, nowMs);
    this.#endIfOver();
  }

  /** Discards a frame that was made, instead of delivering it. */
  discardFrame(): void {
    this.#countDown();
  }

  /**
   * Counts a request that found no frame, and reports the single player's track as stuck after the threshold.
   */
  countMissed(): void {
    const { current } = this.#source;
    if (!current || this.#settings.paused) return;
    const nowMs = monotonicMs();
    this.#stats.countMissed(nowMs);
    const { stuckThresholdMs } = this.#services.settings;
    if (this.#isStuckReported || nowMs - this.#lastFrameMs <= stuckThresholdMs) return;
    this.#isStuckReported = true;
    if (this.name !== null) return;
    this.#services.report({ ...this.#address, type: "stuck", generation: current.generation });
  }

  /** Closes the tracks. */
  close(): void {
    this.#source.clear();
  }

  /** Whether the source and the filters have no more samples; the block may still hold some. */
  get #isOver(): boolean {
    const chain = this.#chain?.isActive ? this.#chain : undefined;
    return this.#source.isFinished && (!chain || (this.#isFlushed && chain.available === 0));
  }

  /** Applies volume and limiter to the whole block, and converts it. */
  #finishBlock(samples: Int16Array): void {
    const [left, right] = [this.#left, this.#right];
    const isScaled = this.#limiter !== undefined || this.#scaled > 0;
    if (isScaled) this.#volume.scale(left, right, this.#scaled, frameSamples);
    this.#scaled = 0;
    this.#limiter?.limiter.process(left, right, frameSamples);
    toInt16(left, right, frameSamples, samples);
    if (!isScaled) this.#volume.process(samples, frameSamples);
  }

  #countDown(): void {
    this.#undelivered--;
    this.#tailFrames = Math.min(this.#tailFrames, this.#undelivered);
  }

  #recordStart(): void {
    const nowMs = monotonicMs();
    this.#stats.recordStart(nowMs);
    this.#lastFrameMs = nowMs;
    this.#isStuckReported = false;
  }

  #setPosition(positionMs: number, revision = this.#revision): void {
    this.#revision = revision;
    this.#positionMs = positionMs;
    this.#stats.setPosition(revision, positionMs);
  }

  #clearBlock(): void {
    this.#dropLimiter();
    this.#filled = 0;
    this.#scaled = 0;
    this.#tailFrames = 0;
    this.#isFlushed = false;
    this.#chain?.reset();
  }

  #dropLimiter(): void {
    this.#limiter = undefined;
    this.#tail = 0;
  }

  get #needsLimiter(): boolean {
    return this.#source.needsLimiter || this.#settings.filters.enabled.limiter;
  }

  get #limiterOptions(): LimiterOptions {
    return this.limit ?? (this.#source.needsLimiter ? {} : noLimit);
  }

  /**
   * Creates, configures and removes the limiter, and fills its look-ahead, which would otherwise come out as silence.
   * Returns false if it is not full yet.
   */
  #prepareLimiter(): boolean {
    // A part of a block goes out before what would fill the look-ahead.
    if (!this.#limiter && (!this.#needsLimiter || this.#filled > 0)) return true;
    this.#limiter ??= new LookAheadLimiter(this.#limiterOptions);
    const { limiter, left, right } = this.#limiter;
    limiter.configure(this.#limiterOptions);
    if (this.#tail >= Limiter.delay && limiter.isIdle && this.#filled === 0) this.#removeLimiter(limiter);
    if (!this.#limiter || this.#tail >= Limiter.delay || this.#isOver) return true;
    this.#tail += this.#fillBlock(left, right, this.#tail, Limiter.delay);
    if (this.#tail < Limiter.delay) return this.#isOver;
    this.#volume.scale(left, right, 0, Limiter.delay);
    limiter.process(left, right, Limiter.delay);
    return true;
  }

  /** Removes a limiter with nothing left to do. What it holds becomes the start of the block. */
  #removeLimiter(limiter: Limiter): void {
    this.#left.fill(0, 0, Limiter.delay);
    this.#right.fill(0, 0, Limiter.delay);
    limiter.process(this.#left, this.#right, Limiter.delay);
    this.#dropLimiter();
    this.#filled = Limiter.delay;
    this.#scaled = Limiter.delay;
  }

  /**
   * Fills a block from `offset` to `end`, through the filters if there are any. Returns the number of
   * samples.
   */
  #fillBlock(left: Float32Array, right: Float32Array, offset: number, end: number): number {
    if (this.#chain?.isActive) return this.#filter(this.#chain, left, right, offset, end);
    return this.#source.pullSamples(left, right, offset, end);
  }

  #onAdvanced(ended: number, next: PlayCommand): void {
    this.#recordStart();
    this.#tailFrames = 0;
    this.#setPosition(next.startMs);
    this.#reportEnded(ended, "FINISHED", next.generation);
  }

  #reportEnded(generation: number, reason: "FINISHED" | "LOAD_FAILED", next: number | undefined): void {
    this.#services.report({ ...this.#address, type: "ended", generation, reason, next });
  }

  /** Fills a block with filtered samples. Returns their number. */
  #filter(chain: FilterChain, left: Float32Array, right: Float32Array, offset: number, end: number): number {
    const wanted = end - offset;
    while (chain.available < wanted) {
      const count = this.#source.pullSamples(inLeft, inRight, 0, frameSamples);
      if (count > 0) {
        chain.write(inLeft, inRight, count);
      } else if (this.#source.isFinished && !this.#isFlushed) {
        this.#isFlushed = !chain.flush();
      } else {
        break;
      }
    }
    if (offset === 0) return chain.read(left, right, wanted);
    return chain.read(left.subarray(offset), right.subarray(offset), wanted);
  }

  /**
   * Ends a track that has no audio left. Called by ticks and by the source: a track can also fail in an idle
   * player.
   */
  #endIfOver(): void {
    const { current } = this.#source;
    if (!current || this.#undelivered > 0 || this.#filled > 0 || this.#tail > 0 || !this.#isOver) return;
    const hasFailed = this.#source.hasFailed && !this.#hasDelivered;
    this.#source.clear();
    this.#clearBlock();
    this.#stats.recordEnd(monotonicMs());
    this.#reportEnded(current.generation, hasFailed ? "LOAD_FAILED" : "FINISHED", undefined);
  }
}
