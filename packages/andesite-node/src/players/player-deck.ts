import { FilterConfiguration } from "@asterite/audio/dsp";
import { Track } from "@asterite/lavaplayer-track";
import type { EngineDeck } from "../engine/remote-deck.ts";
import type { DeckSettings, PlayOrder } from "../engine/messages.ts";
import { encodeCurrent } from "../loading/track-info.ts";
import type { FrameReport, MixerPlayerReport } from "./player-report.ts";

/** The greatest volume, in percent. */
const maxVolume = 1_000;

/** How a track is to be played, beside where it starts. */
export type PlayManner = Pick<PlayOrder, "crossfadeMs" | "normalize">;

/** Nothing special. */
export const plainManner: PlayManner = Object.freeze({ crossfadeMs: 0, normalize: false });

/** A track on a deck. */
export interface DeckTrack {
  readonly track: Track;
  readonly generation: number;
  readonly startMs: number;
  /** 0 for none. */
  readonly endMs: number;
}

/** A track as a message names it: encoded anew, with the position where it is. */
export const encodeAt = ({ track }: DeckTrack, positionMs: number): string =>
  encodeCurrent(new Track({ ...track, positionMs: Math.round(positionMs) }));

const idleFrames: FrameReport = Object.freeze({ loss: 0, success: 0, usable: false });

/** What the single player and each mixer player have in common: a track, and what it is heard through. */
export class PlayerDeck {
  readonly filters = new FilterConfiguration();
  readonly #open: (settings: DeckSettings) => EngineDeck;
  #engineDeck: EngineDeck | null = null;
  #track: DeckTrack | null = null;
  #next: DeckTrack | null = null;
  #volume = 100;
  #paused = false;

  /** @param open - Makes the deck's audio; called with the first track. */
  constructor(open: (settings: DeckSettings) => EngineDeck) {
    this.#open = open;
  }

  /** The track that is loaded, playing or paused. */
  get track(): DeckTrack | null {
    return this.#track;
  }

  /** Whether there is an unpaused track. */
  get playing(): boolean {
    return this.#track !== null && !this.#paused;
  }

  /** ms; 0 without a track. */
  get positionMs(): number {
    return this.#track ? Math.round(this.#engineDeck?.positionMs ?? this.#track.startMs) : 0;
  }

  /** How many frames were asked for. */
  get asked(): number {
    return this.#engineDeck?.asked ?? 0;
  }

  /** Number of the last command to the audio. */
  get stamp(): number {
    return this.#engineDeck?.stamp ?? 0;
  }

  /** The track that one of the numbers stands for; null for one that is gone. */
  find(generation: number): DeckTrack | null {
    if (this.#track?.generation === generation) return this.#track;
    return this.#next?.generation === generation ? this.#next : null;
  }

  /** Pauses or resumes. */
  pause(paused: boolean): void {
    this.#paused = paused;
    this.configure();
  }

  /** @param percent - Clamped to 0…1000. */
  setVolume(percent: number): void {
    this.#volume = Math.min(Math.max(Math.trunc(percent), 0), maxVolume);
    this.configure();
  }

  /**
   * Changes filters. Those before a wrong setting are changed all the same.
   *
   * @throws FilterError naming the setting.
   */
  updateFilters(payload: unknown): void {
    this.filters.update(payload);
    this.configure();
  }

  /** Tells the audio what the settings are. */
  configure(): void {
    this.#engineDeck?.configure(this.#settings());
  }

  /** Puts a track on. One that ends before it starts must not get here. */
  play(track: DeckTrack, manner: PlayManner): void {
    this.#track = track;
    this.#next = null;
    this.#order(track, manner, false);
  }

  /** Puts a track behind the one that plays. */
  queue(track: DeckTrack, manner: PlayManner): void {
    this.#next = track;
    this.#order(track, manner, true);
  }

  /** Takes the track off. */
  stop(): void {
    if (!this.#track) return;
    this.#track = null;
    this.#next = null;
    this.#engineDeck?.stop();
  }

  /** Goes to another position, in ms, of a track that can. */
  seek(positionMs: number): void {
    if (!this.#track || this.#track.track.info.isStream) return;
    this.#engineDeck?.seek(Math.max(0, positionMs));
  }

  /** Changes the end marker; 0 takes it away. */
  endAt(endMs: number): void {
    if (!this.#track) return;
    this.#track = { ...this.#track, endMs };
    this.#engineDeck?.endAt(endMs);
  }

  /** The track ended by itself. Tells which one took its place. */
  ended(next: number | null): DeckTrack | null {
    this.#track = this.#next?.generation === next ? this.#next : null;
    this.#next = null;
    return this.#track;
  }

  /** The deck as it stands in JSON. */
  report(nowMs: number): MixerPlayerReport {
    return {
      time: String(nowMs),
      position: this.#track ? this.positionMs : null,
      paused: this.#paused,
      volume: this.#volume,
      filters: this.filters.report(),
      frame: this.#engineDeck?.frames ?? idleFrames,
    };
  }

  #order({ generation, startMs, endMs }: DeckTrack, manner: PlayManner, next: boolean): void {
    this.#engineDeck ??= this.#open(this.#settings());
    this.#engineDeck.play({ generation, startMs, endMs, next, ...manner });
  }

  #settings(): DeckSettings {
    return { volume: this.#volume, paused: this.#paused, filters: this.filters.values };
  }
}
