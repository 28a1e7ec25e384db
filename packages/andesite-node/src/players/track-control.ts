import { readSpan } from "@asterite/andesite-protocol";
import type { Track } from "@asterite/lavaplayer-track";
import type { DeckTrack, PlayOptions, RemoteDeck } from "../engine/remote-deck.ts";
import type { MixLayers } from "./mix-layers.ts";
import type { EndReason, PlayerEvents } from "./player-events.ts";

/** Controls the track of a player's single deck, and sends the events of its start and end. */
export class TrackControl {
  readonly deck: RemoteDeck;
  readonly #events: PlayerEvents;
  readonly #layers: MixLayers;
  #lastGeneration = 0;

  constructor(deck: RemoteDeck, events: PlayerEvents, layers: MixLayers) {
    this.deck = deck;
    this.#events = events;
    this.#layers = layers;
  }

  /** Returns the number of another track of the player. */
  nextGeneration(): number {
    return ++this.#lastGeneration;
  }

  /** Returns a track with start and end marker, in ms, for any deck of the player. */
  prepare(track: Track, fields: Parameters<typeof readSpan>[0]): DeckTrack {
    const { start, end } = readSpan(fields);
    const startMs = track.info.isStream ? 0 : Math.max(0, start || Number(track.positionMs));
    return { track, generation: this.nextGeneration(), startMs, endMs: Math.max(0, end) };
  }

  /** Plays a track in place of the current one. */
  start(track: DeckTrack, options: PlayOptions): void {
    this.sendEnd("REPLACED");
    if (endsAtOnce(track)) {
      this.deck.stop();
      this.#events.sendTrackStart(track);
      this.sendEnd("FINISHED", track);
      this.#layers.endAll();
    } else {
      this.deck.play(track, options);
      this.#events.sendTrackStart(track);
    }
  }

  /** Ends the current track, the one queued after it, and the layers over it. */
  stop(reason: EndReason): void {
    this.sendEnd(reason);
    this.deck.stop();
    this.#layers.endAll();
  }

  /** Seeks to a position in ms. The track ends if its end marker is there or before. */
  seek(positionMs: number): void {
    const { track } = this.deck;
    if (track && track.endMs > 0 && positionMs >= track.endMs && !track.track.info.isStream)
      this.stop("FINISHED");
    else this.deck.seek(positionMs);
  }

  /** Moves the end marker of the current track, in ms; 0 removes it. The track ends if it is already behind it. */
  moveEnd(endMs: number): void {
    if (endMs > 0 && endMs <= this.deck.positionMs) this.stop("FINISHED");
    else this.deck.setEndMarker(endMs);
  }

  /** Handles the end of the current track by itself, and the start of the one that follows. Returns whether one follows. */
  handleEnd(reason: EndReason, next: number | undefined): boolean {
    this.sendEnd(reason);
    const track = next === undefined ? undefined : this.deck.find(next);
    if (track) this.#events.sendTrackStart(track);
    else this.#layers.endAll();
    return track !== undefined;
  }

  /** Sends the end of a track; by default that of the current one, if there is one. */
  sendEnd(reason: EndReason, track = this.deck.track): void {
    if (!track) return;
    const positionMs = track === this.deck.track ? this.deck.positionMs : track.startMs;
    this.#events.sendTrackEnd(track, positionMs, reason);
  }
}

/** Returns whether the end marker of a track is not after its start. */
export const endsAtOnce = ({ startMs, endMs }: DeckTrack): boolean => endMs > 0 && endMs <= startMs;
