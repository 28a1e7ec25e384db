import { randomBytes } from "node:crypto";
import type { Track } from "@asterite/lavaplayer-track";
import type { DeckName } from "../engine/messages.ts";
import { type DeckTrack, defaultPlayOptions, type JsonObject } from "../engine/remote-deck.ts";
import type { RemotePlayer } from "../engine/remote-player.ts";
import { OperationError } from "../errors.ts";
import { type PlayerEvents, playedAt } from "./player-events.ts";
import type { PlayedTrack } from "./players.ts";

/** Layers of a player; each costs a decoder. */
const maxLayers = 5;

/** A track over the one of a player. */
export interface MixLayer {
  readonly id: string;
  readonly playing: PlayedTrack;
  /** From 0 to 1. */
  readonly volume: number;
  readonly positionMs: number;
  /** ms since 1970. */
  readonly startedAtMs: number;
}

/** Why a layer ended. */
export type LayerEnd = "FINISHED" | "REMOVED" | "ERROR" | "MAIN_ENDED";

interface Layer {
  readonly track: DeckTrack;
  volume: number;
  readonly startedAtMs: number;
}

const percentOf = (volume: number): number => Math.round(volume * 100);

/** Tracks that are heard over the track of a player, while that plays: the mix of NodeLink. */
export class MixLayers {
  readonly #audio: RemotePlayer;
  readonly #events: Pick<PlayerEvents, "sendMixEvent">;
  readonly #layers = new Map<string, Layer>();

  constructor(audio: RemotePlayer, events: Pick<PlayerEvents, "sendMixEvent">) {
    this.#audio = audio;
    this.#events = events;
  }

  /** The layers, oldest first. */
  get all(): readonly MixLayer[] {
    return Array.from(this.#layers, ([id, layer]) => this.#describe(id, layer));
  }

  /**
   * Plays a track as another layer.
   *
   * @param generation - Number of the track within its player.
   * @throws OperationError if there are too many layers.
   */
  add(track: Track, generation: number, userData: JsonObject, volume: number): MixLayer {
    if (this.#layers.size >= maxLayers) throw new OperationError("mix", `one of at most ${maxLayers} layers`);
    const id = randomBytes(8).toString("hex");
    const startMs = track.info.isStream ? 0 : Number(track.positionMs);
    const layer = {
      track: { track, generation, startMs, endMs: 0, userData },
      volume,
      startedAtMs: Date.now(),
    };
    this.#start(id, layer);
    const described = this.#describe(id, layer);
    this.#events.sendMixEvent("MixStartedEvent", { mixId: id, volume }, described.playing);
    return described;
  }

  /**
   * Continues a layer of a player that another process had, without an event: its client has received it.
   *
   * @param generation - Number of the track within its player.
   */
  restore({ id, playing, volume, positionMs, startedAtMs }: MixLayer, generation: number): void {
    const { track, userData } = playing;
    const startMs = track.info.isStream ? 0 : positionMs;
    this.#start(id, { track: { track, generation, startMs, endMs: 0, userData }, volume, startedAtMs });
  }

  /** Sets the volume of a layer, from 0 to 1. Returns false if there is none with the id. */
  setVolume(id: string, volume: number): boolean {
    const layer = this.#layers.get(id);
    if (!layer) return false;
    layer.volume = volume;
    this.#audio.deck(id).setVolume(percentOf(volume));
    return true;
  }

  /** Ends a layer. Returns false if there is none with the id. */
  remove(id: string, reason: LayerEnd = "REMOVED"): boolean {
    if (!this.#layers.delete(id)) return false;
    this.#audio.findDeck(id)?.stop();
    this.#events.sendMixEvent("MixEndedEvent", { mixId: id, reason });
    return true;
  }

  /** Ends all layers, because the track under them has ended. */
  endAll(): void {
    for (const id of [...this.#layers.keys()]) this.remove(id, "MAIN_ENDED");
  }

  /** Handles the end of a track on a deck. */
  handleEnd(deck: DeckName, reason: string): void {
    if (deck !== null) this.remove(deck, reason === "FINISHED" ? "FINISHED" : "ERROR");
  }

  #start(id: string, layer: Layer): void {
    this.#layers.set(id, layer);
    const deck = this.#audio.deck(id);
    deck.setVolume(percentOf(layer.volume));
    deck.play(layer.track, defaultPlayOptions);
    this.#audio.enableLayers();
  }

  #describe(id: string, { track, volume, startedAtMs }: Layer): MixLayer {
    const positionMs = this.#audio.findDeck(id)?.positionMs ?? 0;
    return { id, playing: playedAt(track, positionMs), volume, positionMs, startedAtMs };
  }
}
