import type { LavalinkFilters } from "@asterite/andesite-protocol";
import { defaultPlayOptions, type PlayOptions } from "../engine/remote-deck.ts";
import type { PlayerEvents } from "./player-events.ts";
import type { PlayerChanges } from "./players.ts";
import type { TrackControl } from "./track-control.ts";

/** Applies the changes of Lavalink 4 clients to a player, and describes it by such changes. */
export class LavalinkUpdates {
  readonly #control: TrackControl;
  readonly #events: PlayerEvents;
  /** How tracks are played from now on. */
  #options: PlayOptions = defaultPlayOptions;
  #filters: LavalinkFilters = {};

  constructor(control: TrackControl, events: PlayerEvents) {
    this.#control = control;
    this.#events = events;
  }

  /** The filters as the client set them. */
  get filters(): LavalinkFilters {
    return this.#filters;
  }

  /** Applies changes in the order of section 4 of the Lavalink protocol. */
  apply(changes: PlayerChanges): void {
    const { track, noReplace, paused, volume, positionMs, endMs, userData, filters, next } = changes;
    const { deck } = this.#control;
    const { crossfadeMs, normalize } = { ...this.#options, ...changes };
    this.#options = { crossfadeMs, normalize };
    const changesTrack = track !== undefined;
    if (!changesTrack && paused !== undefined) deck.setPaused(paused);
    if (!changesTrack && userData !== undefined) deck.setUserData(userData);
    if (volume !== undefined) deck.setVolume(volume);
    if (!changesTrack && positionMs !== undefined) this.#control.seek(positionMs);
    if (!changesTrack && endMs !== undefined) this.#control.moveEnd(endMs ?? 0);
    if (filters) this.#replaceFilters(filters);
    if (filters || (!changesTrack && positionMs !== undefined)) this.#events.sendUpdate();
    if (changesTrack && !(noReplace && deck.track)) this.#changeTrack(changes);
    if (next !== undefined) this.#setNext(next);
  }

  /** Returns the changes that give a new player the state of this one, see {@link restore}. */
  toChanges(): PlayerChanges {
    const { track, next, positionMs, volume, isPaused } = this.#control.deck;
    return {
      ...this.#options,
      noReplace: false,
      track: track?.track ?? null,
      positionMs,
      endMs: track && track.endMs > 0 ? track.endMs : null,
      userData: track?.userData ?? {},
      paused: isPaused,
      volume,
      filters: this.#filters,
      next: next ? { track: next.track, userData: next.userData ?? {} } : null,
    };
  }

  /** Applies {@link toChanges} of a player that another process had, without events: its client has received them. */
  restore(changes: PlayerChanges): void {
    const { track, positionMs, endMs, userData, paused, volume, filters, next } = changes;
    const { deck } = this.#control;
    const { crossfadeMs, normalize } = { ...this.#options, ...changes };
    this.#options = { crossfadeMs, normalize };
    if (filters) this.#replaceFilters(filters);
    if (volume !== undefined) deck.setVolume(volume);
    deck.setPaused(paused ?? false);
    if (!track) return;
    const prepared = this.#control.prepare(track, { start: positionMs, end: endMs ?? 0 });
    deck.play({ ...prepared, ...(userData && { userData }) }, { crossfadeMs: 0, normalize });
    if (next) this.#setNext(next);
  }

  #changeTrack({ track, paused, positionMs, endMs, userData }: PlayerChanges): void {
    this.#control.deck.setPaused(paused ?? false);
    if (!track) {
      this.#control.stop("STOPPED");
      return;
    }
    const prepared = this.#control.prepare(track, { start: positionMs, end: endMs ?? 0 });
    this.#control.start({ ...prepared, ...(userData && { userData }) }, this.#options);
  }

  /** Queues a track, or plays it if there is none to follow. */
  #setNext(next: PlayerChanges["next"]): void {
    const { deck } = this.#control;
    if (!next) {
      deck.unqueue();
      return;
    }
    const track = { ...this.#control.prepare(next.track, {}), userData: next.userData };
    if (deck.track) deck.queue(track, this.#options);
    else this.#control.start(track, this.#options);
  }

  #replaceFilters(filters: LavalinkFilters): void {
    this.#filters = filters;
    this.#control.deck.replaceFilters(filters);
  }
}
