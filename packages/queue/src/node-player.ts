import { Play, type PlayOptions, Update } from "@asterite/andesite";
import { Destroy, Pause, Seek, Stop, Volume } from "@asterite/andesite/advanced";
import type { QueueEntry } from "./entry.ts";
import { completeFilters, type FilterTable, speedOf } from "./filters.ts";
import type { NodeLink } from "./node-link.ts";
import type { QueuePlayerSettings } from "./player-options.ts";
import { PlaybackPosition } from "./position.ts";

/** Status of the track that was sent to the node: none was, it has not started yet, or it has. */
export type TrackStatus = "none" | "pending" | "started";

/** The player on the node: sends operations, and mirrors its position and audio settings. */
export class NodePlayer {
  readonly #settings: QueuePlayerSettings;
  readonly #link: Pick<NodeLink, "send">;
  /** Position in the current track. */
  readonly position: PlaybackPosition;
  /** Without a track, changed settings are not sent; they go out with the next `play`. */
  trackStatus: TrackStatus = "none";
  #paused: boolean;
  #volume: number;
  #filters: FilterTable;
  /** Whether the filters on the node may differ from these. */
  #areFiltersUnknown = true;

  constructor(settings: QueuePlayerSettings, link: Pick<NodeLink, "send">) {
    const { positionMs, paused, volume, filters } = settings.snapshot ?? {};
    this.#settings = settings;
    this.#link = link;
    this.position = new PlaybackPosition(settings.clock);
    this.position.set(positionMs ?? 0);
    this.#paused = paused ?? false;
    this.#volume = volume ?? 1;
    this.#filters = filters ?? {};
    this.freeze();
  }

  /** Returns the settings that a snapshot holds. */
  toSnapshot() {
    const { radio, crossfadeMs, normalize } = this.#settings;
    return {
      paused: this.#paused,
      volume: this.#volume,
      filters: this.#filters,
      radio,
      crossfadeMs,
      normalize,
    };
  }

  get paused(): boolean {
    return this.#paused;
  }

  set paused(paused: boolean) {
    this.#paused = paused;
    this.advance();
    if (this.#hasTrack) this.#link.send(new Pause(paused));
  }

  get volume(): number {
    return this.#volume;
  }

  set volume(volume: number) {
    this.#volume = volume;
    if (this.#hasTrack) this.#link.send(new Volume(volume));
  }

  get filters(): FilterTable {
    return this.#filters;
  }

  set filters(filters: FilterTable) {
    this.#filters = filters;
    this.advance();
    if (this.#hasTrack) this.#link.send(new Update({ filters: completeFilters(filters) }));
    else this.#areFiltersUnknown = true;
  }

  /**
   * Lets the position advance if the track has started and is not paused.
   *
   * @param isPausedOnNode - What the node reports.
   */
  advance(isPausedOnNode = false): void {
    const isAdvancing = this.trackStatus === "started" && !this.#paused && !isPausedOnNode;
    this.position.run(isAdvancing, speedOf(this.#filters));
  }

  /** Freezes the position until the state of the node is known. */
  freeze(): void {
    this.position.run(false, speedOf(this.#filters));
  }

  /** Plays an entry, replacing the current track. */
  play(entry: QueueEntry, fromMs: number): void {
    const start = fromMs > 0 ? fromMs / 1_000 : null;
    this.#link.send(this.#playOperation(entry, { ...this.#audioSettings, start }));
    if (!this.#areFiltersUnknown) return;
    this.#areFiltersUnknown = false;
    this.#link.send(new Update({ filters: completeFilters(this.#filters) }));
  }

  /** Sends the entry that the node continues with on its own. */
  preload(entry: QueueEntry): void {
    const crossfade = this.#settings.crossfadeMs / 1_000;
    this.#link.send(this.#playOperation(entry, { crossfade, next: true }));
  }

  /** Adopts a player that already plays the entry: subscribes to its events and restores its settings. */
  attach(entry: QueueEntry, positionMs: number): void {
    this.#areFiltersUnknown = false;
    const start = positionMs / 1_000;
    this.#link.send(this.#playOperation(entry, { ...this.#audioSettings, start, noReplace: true }));
    this.#link.send(new Update({ ...this.#audioSettings, filters: completeFilters(this.#filters) }));
  }

  seek(positionMs: number): void {
    this.#link.send(new Seek(positionMs / 1_000));
  }

  stop(): void {
    this.#link.send(new Stop());
  }

  /** Destroys the player on the node; the next entry creates a new one. */
  destroy(): void {
    this.#areFiltersUnknown = true;
    this.#link.send(new Destroy());
  }

  /** Clears the paused flag without sending it, because there is no track left to pause. */
  clearPaused(): void {
    this.#paused = false;
  }

  /** Resends the filters with the next `play`, because the node lost the player and its filters. */
  invalidateFilters(): void {
    this.#areFiltersUnknown = true;
  }

  get #hasTrack(): boolean {
    return this.trackStatus !== "none";
  }

  get #audioSettings(): { readonly pause: boolean; readonly volume: number } {
    return { pause: this.#paused, volume: this.#volume };
  }

  #playOperation(entry: QueueEntry, options: PlayOptions): Play {
    const { radio, normalize } = this.#settings;
    return new Play(entry.track.track, { radio, normalize, ...options });
  }
}
