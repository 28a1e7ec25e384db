import {
  Destroy,
  Pause,
  Play,
  type PlayOptions,
  Seek,
  type SendOperation,
  Stop,
  Update,
  Volume,
} from "@asterite/andesite";
import type { QueueEntry } from "./entry.ts";
import { completeFilters, type FilterTable, speedOf } from "./filters.ts";
import type { PlaybackAttempt } from "./playback-attempt.ts";
import type { QueuePlayerSettings } from "./player-options.ts";
import { PlaybackPosition } from "./position.ts";

/** The player on the node: what it is told to play, how that is to sound, and where it is as far as is known. */
export class NodePlayer {
  readonly #settings: QueuePlayerSettings;
  readonly #send: (operation: SendOperation) => void;
  /** What it is to play; without, what it is told waits for the next entry. */
  readonly #running: () => PlaybackAttempt | null;
  /** Where it is in what plays. */
  readonly position: PlaybackPosition;
  #paused: boolean;
  #volume: number;
  #filters: FilterTable;
  /** Whether it may have other filters than these. */
  #areFiltersUnknown = true;

  constructor(
    settings: QueuePlayerSettings,
    send: (operation: SendOperation) => void,
    running: () => PlaybackAttempt | null,
  ) {
    const { positionMs, paused, volume, filters } = settings.snapshot ?? {};
    this.#settings = settings;
    this.#send = send;
    this.#running = running;
    this.position = new PlaybackPosition(settings.clock);
    this.position.set(positionMs ?? 0);
    this.#paused = paused ?? false;
    this.#volume = volume ?? 1;
    this.#filters = filters ?? {};
    this.stand();
  }

  get paused(): boolean {
    return this.#paused;
  }

  set paused(paused: boolean) {
    this.#paused = paused;
    this.move();
    if (this.#running()) this.#send(new Pause(paused));
  }

  get volume(): number {
    return this.#volume;
  }

  set volume(volume: number) {
    this.#volume = volume;
    if (this.#running()) this.#send(new Volume(volume));
  }

  get filters(): FilterTable {
    return this.#filters;
  }

  set filters(filters: FilterTable) {
    this.#filters = filters;
    this.move();
    if (this.#running()) this.#send(new Update({ filters: completeFilters(filters) }));
    else this.#areFiltersUnknown = true;
  }

  /** Lets the position move if it should; `isPaused` by the node's word. */
  move(isPaused = false): void {
    const isMoving = this.#running()?.hasStarted === true && !this.#paused && !isPaused;
    this.position.run(isMoving, speedOf(this.#filters));
  }

  /** Lets the position stand until more is known. */
  stand(): void {
    this.position.run(false, speedOf(this.#filters));
  }

  /** Plays an entry instead of whatever plays. */
  play(entry: QueueEntry, fromMs: number): void {
    this.#send(this.#order(entry, { ...this.#sound, start: fromMs > 0 ? fromMs / 1_000 : null }));
    if (!this.#areFiltersUnknown) return;
    this.#areFiltersUnknown = false;
    this.#send(new Update({ filters: completeFilters(this.#filters) }));
  }

  /** Hands over what it is to go on with by itself. */
  preload(entry: QueueEntry): void {
    this.#send(this.#order(entry, { crossfade: this.#settings.crossfadeMs / 1_000, next: true }));
  }

  /** It plays what it should: only makes sure that its events come here, and that its settings are these. */
  attach(entry: QueueEntry, positionMs: number): void {
    this.#areFiltersUnknown = false;
    this.#send(this.#order(entry, { ...this.#sound, start: positionMs / 1_000, noReplace: true }));
    this.#send(new Update({ ...this.#sound, filters: completeFilters(this.#filters) }));
  }

  seek(positionMs: number): void {
    this.#send(new Seek(positionMs / 1_000));
  }

  stop(): void {
    this.#send(new Stop());
  }

  /** Ends it; the next entry makes a new one. */
  destroy(): void {
    this.#areFiltersUnknown = true;
    this.#send(new Destroy());
  }

  /** It has nothing to play any more, so nothing is paused. */
  rested(): void {
    this.#paused = false;
  }

  /** It is gone from the node, and its filters with it. */
  lost(): void {
    this.#areFiltersUnknown = true;
  }

  get #sound(): { readonly pause: boolean; readonly volume: number } {
    return { pause: this.#paused, volume: this.#volume };
  }

  #order(entry: QueueEntry, options: PlayOptions): Play {
    const { radio, normalize } = this.#settings;
    return new Play(entry.track.track, { radio, normalize, ...options });
  }
}
