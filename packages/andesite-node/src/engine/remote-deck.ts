import type { LavalinkFilters } from "@asterite/andesite-protocol";
import { FilterConfiguration } from "@asterite/audio/dsp";
import type { Track } from "@asterite/lavaplayer-track";
import { monotonicMs } from "./frame.ts";
import type { Command, DeckAddress, DeckName, DeckSettings, PlayCommand } from "./messages.ts";
import { type FrameCounts, SharedDeckStats } from "./shared-deck-stats.ts";

/** Maximum volume, in percent. */
const maxVolume = 1_000;

const idleFrames: FrameCounts = Object.freeze({ loss: 0, success: 0, usable: false });

/** A JSON object of a client. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** A track on a deck. */
export interface DeckTrack {
  readonly track: Track;
  /** Number of the track within its player. */
  readonly generation: number;
  /** Position at which to start, in ms. */
  readonly startMs: number;
  /** End marker in ms; 0 for none. */
  readonly endMs: number;
  /** Data of a Lavalink 4 client, which comes back with the events of the track. Default: none. */
  readonly userData?: JsonObject;
}

/** Options for playing a track. */
export type PlayOptions = Pick<PlayCommand, "crossfadeMs" | "normalize">;

/** Neither crossfade nor normalisation. */
export const defaultPlayOptions: PlayOptions = Object.freeze({ crossfadeMs: 0, normalize: false });

/**
 * The main thread's side of a deck. Owns the deck's tracks and settings and sends every change to the worker
 * thread, so that another thread can continue where one was lost. The worker thread gets the deck with its
 * first track.
 */
export class RemoteDeck {
  readonly #address: DeckAddress;
  readonly #send: (command: Command) => void;
  readonly #filters = new FilterConfiguration();
  /** `undefined` until the worker thread has the deck. */
  #stats: SharedDeckStats | undefined;
  #revision = 0;
  /** Position after the last command, valid until {@link #stats} reflects that command. */
  #expectedMs = 0;
  #track: DeckTrack | undefined;
  #options = defaultPlayOptions;
  #next: DeckTrack | undefined;
  #nextOptions = defaultPlayOptions;
  #volume = 100;
  #isPaused = false;

  constructor(address: DeckAddress, send: (command: Command) => void) {
    this.#address = address;
    this.#send = send;
  }

  /** Name of the deck; `null` is the single player. */
  get name(): DeckName {
    return this.#address.deck;
  }

  /** The current track, playing or paused. */
  get track(): DeckTrack | undefined {
    return this.#track;
  }

  /** The track queued after the current one. */
  get next(): DeckTrack | undefined {
    return this.#next;
  }

  /** Whether there is an unpaused track. */
  get isPlaying(): boolean {
    return this.#track !== undefined && !this.#isPaused;
  }

  /** Whether the deck is paused, with or without a track. */
  get isPaused(): boolean {
    return this.#isPaused;
  }

  /** Percent, from 0 to 1000. */
  get volume(): number {
    return this.#volume;
  }

  /** The deck's filters; change them with {@link updateFilters}. */
  get filters(): Pick<FilterConfiguration, "report"> {
    return this.#filters;
  }

  /** Position in ms, 0 without a track. The position that results from a command counts at once. */
  get positionMs(): number {
    if (!this.#track) return 0;
    const isCurrent = this.#stats?.revision === this.#revision;
    return Math.round(isCurrent && this.#stats ? this.#stats.positionMs : this.#expectedMs);
  }

  /** Revision of the last command. */
  get revision(): number {
    return this.#revision;
  }

  /** Frames that outputs have requested so far. */
  get requestedFrames(): number {
    return this.#stats?.requestedFrames ?? 0;
  }

  /** Frame counters of the last minute. */
  get frames(): FrameCounts {
    return this.#stats?.frameCounts(monotonicMs()) ?? idleFrames;
  }

  /** Returns the current or the queued track with this generation. */
  find(generation: number): DeckTrack | undefined {
    if (this.#track?.generation === generation) return this.#track;
    return this.#next?.generation === generation ? this.#next : undefined;
  }

  /** Pauses or resumes. */
  setPaused(paused: boolean): void {
    this.#isPaused = paused;
    this.#sendSettings();
  }

  /** @param percent - Clamped to 0…1000. */
  setVolume(percent: number): void {
    this.#volume = Math.min(Math.max(Math.trunc(percent), 0), maxVolume);
    this.#sendSettings();
  }

  /**
   * Updates filters; none if a setting is invalid.
   *
   * @throws FilterError naming the setting.
   */
  updateFilters(payload: unknown): void {
    this.#filters.update(payload);
    this.#sendSettings();
  }

  /** Replaces all filters. Those that are left out are off. */
  replaceFilters(filters: LavalinkFilters): void {
    this.#filters.replace(filters);
    this.#sendSettings();
  }

  /** Plays a track in place of the current and the queued one. Its end marker must be after its start. */
  play(track: DeckTrack, options: PlayOptions): void {
    this.#open();
    this.#track = track;
    this.#options = options;
    this.#next = undefined;
    this.#expectedMs = track.startMs;
    this.#revision++;
    this.#sendPlay(track, options, false);
  }

  /** Queues a track after the current one, in place of one queued before. */
  queue(track: DeckTrack, options: PlayOptions): void {
    this.#next = track;
    this.#nextOptions = options;
    this.#sendPlay(track, options, true);
  }

  /** Removes the queued track. */
  unqueue(): void {
    if (!this.#next) return;
    this.#next = undefined;
    this.#send({ ...this.#address, type: "unqueue" });
  }

  /** Removes the current and the queued track. */
  stop(): void {
    if (!this.#track) return;
    this.#track = undefined;
    this.#next = undefined;
    this.#expectedMs = 0;
    this.#revision++;
    this.#send({ ...this.#address, type: "stop", revision: this.#revision });
  }

  /** Seeks to a position, in ms. Has no effect on a stream. */
  seek(positionMs: number): void {
    if (!this.#track || this.#track.track.info.isStream) return;
    this.#expectedMs = Math.max(0, positionMs);
    this.#revision++;
    const { revision } = this;
    this.#send({ ...this.#address, type: "seek", positionMs: this.#expectedMs, revision });
  }

  /** Changes the end marker of the current track, in ms; 0 removes it. */
  setEndMarker(endMs: number): void {
    if (!this.#track) return;
    this.#track = { ...this.#track, endMs };
    this.#send({ ...this.#address, type: "end-marker", endMs });
  }

  /** Replaces the client's data of the current track. */
  setUserData(userData: JsonObject): void {
    if (this.#track) this.#track = { ...this.#track, userData };
  }

  /**
   * Records that the current track ended by itself, and the queued one followed if it has the generation
   * `next`.
   */
  advance(next: number | undefined): void {
    this.#track = this.#next?.generation === next ? this.#next : undefined;
    this.#options = this.#nextOptions;
    this.#next = undefined;
  }

  /**
   * Sends the whole state to a new worker thread, which continues at the position that the old one had
   * reached.
   */
  restore(): void {
    if (!this.#stats) return;
    const { positionMs } = this;
    this.#stats = new SharedDeckStats();
    this.#revision++;
    this.#expectedMs = positionMs;
    this.#stats.setPosition(this.#revision, positionMs);
    this.#sendSettings();
    if (this.#track) {
      const options = { ...this.#options, crossfadeMs: 0 };
      this.#sendPlay({ ...this.#track, startMs: positionMs }, options, false);
    }
    if (this.#next) this.#sendPlay(this.#next, this.#nextOptions, true);
  }

  #open(): void {
    if (this.#stats) return;
    this.#stats = new SharedDeckStats();
    this.#sendSettings();
  }

  #sendSettings(): void {
    if (!this.#stats) return;
    const settings: DeckSettings = {
      volume: this.#volume,
      paused: this.#isPaused,
      filters: this.#filters.values,
    };
    const { memory: stats } = this.#stats;
    this.#send({ ...this.#address, type: "configure", stats, settings, revision: this.#revision });
  }

  #sendPlay({ generation, startMs, endMs }: DeckTrack, options: PlayOptions, next: boolean): void {
    const command: PlayCommand = { generation, startMs, endMs, ...options, next };
    this.#send({ ...this.#address, type: "play", command, revision: this.#revision });
  }
}
