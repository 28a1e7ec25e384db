import {
  type LavalinkFilters,
  type MixerEntry,
  type OperationFields,
  readSpan,
} from "@asterite/andesite-protocol";
import { TrackError } from "@asterite/audio/media";
import type { Track } from "@asterite/lavaplayer-track";
import type { MediaLocation } from "../bytes/media-location.ts";
import { type Clock, startInterval } from "../clock.ts";
import type { Engine } from "../engine/engine.ts";
import type { AudioReport, DeckName } from "../engine/messages.ts";
import {
  defaultPlayOptions,
  type JsonObject,
  type PlayOptions,
  type RemoteDeck,
} from "../engine/remote-deck.ts";
import type { AudioOwner, RemotePlayer } from "../engine/remote-player.ts";
import { deserializeError } from "../engine/serialized-error.ts";
import { cleanText } from "../loading/clean-text.ts";
import type { Loader } from "../loading/loader.ts";
import { decodePlayable } from "../loading/playable-track.ts";
import { LavalinkUpdates } from "./lavalink-updates.ts";
import { type MixLayer, MixLayers } from "./mix-layers.ts";
import { type EndReason, PlayerEvents, playedAt } from "./player-events.ts";
import { type MixerPlayerReport, type PlayerReport, reportDeck } from "./player-report.ts";
import type { PlayedTrack, PlayerMessage, PlayerOperation, PlayerTitleMessage } from "./players.ts";
import { endsAtOnce, TrackControl } from "./track-control.ts";

/** Intervals and thresholds of players. */
export interface PlayerTimes {
  /** ms between two updates of a player with a track. Default: 5,000. */
  readonly updateIntervalMs: number;
  /** ms between two checks for players without listeners. Default: 30,000. */
  readonly cleanupIntervalMs: number;
  /** ms without a listener after which a playing player is removed. Default: 60,000. */
  readonly cleanupAfterMs: number;
  /** ms without a frame after which a track counts as stuck. Default: 10,000. */
  readonly stuckThresholdMs: number;
}

/**
 * What happens to a playing player without listeners: it is removed, or, as in Lavalink 4, only its track ends.
 */
export type UnusedPlayers = "remove" | "end-track";

/** Dependencies of players. */
export interface PlayerServices {
  readonly engine: Engine;
  readonly loader: Loader;
  readonly clock: Clock;
  readonly times: PlayerTimes;
  readonly unused: UnusedPlayers;
  /** Delivers a message about a player. */
  readonly deliver: (message: PlayerMessage, player: Player) => void;
  /** Converts an error to the JSON of `TrackExceptionEvent`. */
  readonly describeError: (error: Error) => unknown;
  /** Called when a player has been removed. */
  readonly onRemoved: (player: Player) => void;
}

/** State of a player as Lavalink 4 has it. */
export interface PlayerSnapshot {
  /** `null` if nothing is playing. */
  readonly playing: PlayedTrack | null;
  /** Percent, from 0 to 1000. */
  readonly volume: number;
  readonly isPaused: boolean;
  readonly filters: LavalinkFilters;
}

/** A player of a user in a guild (section 11 of the protocol). */
export class Player implements AudioOwner {
  readonly userId: string;
  readonly guildId: string;
  /** The audio, to which outputs connect. */
  readonly audio: RemotePlayer;
  readonly #services: PlayerServices;
  readonly #single: RemoteDeck;
  readonly #events: PlayerEvents;
  /** Tracks over the current one. */
  readonly layers: MixLayers;
  /** State of a Lavalink 4 client's player. */
  readonly lavalink: LavalinkUpdates;
  readonly #control: TrackControl;
  readonly #closing = new AbortController();
  readonly #stopTimers: readonly (() => void)[];
  #isMixerEnabled = false;
  /** Title that a station announced last, and the generation of its track. */
  #title: { readonly text: string; readonly generation: number } | undefined;
  /**
   * Frames that outputs had requested at the last check, and the time of the last check with new requests.
   */
  #requestedFrames = 0;
  #requestedMs: number;

  /** @param audio - Audio of a voice connection that existed before the player. */
  constructor(userId: string, guildId: string, services: PlayerServices, audio: RemotePlayer | undefined) {
    this.userId = userId;
    this.guildId = guildId;
    this.#services = services;
    this.#events = new PlayerEvents({
      userId,
      guildId,
      deliver: (message) => services.deliver(message, this),
      describeError: services.describeError,
      report: () => (this.#closing.signal.aborted ? null : this.report()),
    });
    this.audio = audio ?? services.engine.add(this);
    this.audio.setOwner(this);
    this.layers = new MixLayers(this.audio, this.#events);
    this.#single = this.audio.deck(null);
    this.#control = new TrackControl(this.#single, this.#events, this.layers);
    this.lavalink = new LavalinkUpdates(this.#control, this.#events);
    this.#requestedMs = services.clock.now();
    const { updateIntervalMs, cleanupIntervalMs } = services.times;
    this.#stopTimers = [
      startInterval(services.clock, updateIntervalMs, () => this.#single.track && this.#events.sendUpdate()),
      startInterval(services.clock, cleanupIntervalMs, () => this.#removeIfUnused()),
    ];
  }

  /** Whether the single player has an unpaused track. */
  get isPlaying(): boolean {
    return this.#single.isPlaying;
  }

  /** Frame counters of the last minute; with the mixer enabled, the average of its usable players. */
  get frames(): { readonly success: number; readonly loss: number; readonly usable: boolean } {
    const { mixerEnabled, mixer, frame } = this.report();
    if (!mixerEnabled) return frame;
    const usable = Object.values(mixer).flatMap((report) => (report.frame.usable ? report.frame : []));
    const average = (key: "success" | "loss"): number =>
      Math.trunc(usable.reduce((sum, counts) => sum + counts[key], 0) / Math.max(1, usable.length));
    return { success: average("success"), loss: average("loss"), usable: usable.length > 0 };
  }

  /** Whether the single player has a track, playing or paused. */
  get hasTrack(): boolean {
    return this.#single.track !== undefined;
  }

  /** Position of the single player's track in ms; 0 without one. */
  get positionMs(): number {
    return this.#single.positionMs;
  }

  /** Returns the state as Lavalink 4 has it. */
  snapshot(): PlayerSnapshot {
    const { track, positionMs, volume, isPaused } = this.#single;
    return {
      playing: track ? playedAt(track, positionMs) : null,
      volume,
      isPaused,
      filters: this.lavalink.filters,
    };
  }

  /** Returns the state as JSON. */
  report(): PlayerReport {
    const nowMs = Date.now();
    const mixer: Record<string, MixerPlayerReport> = {};
    for (const [id, deck] of this.audio.mixerDecks()) mixer[id] = reportDeck(deck, nowMs);
    return {
      ...reportDeck(this.#single, nowMs),
      time: nowMs,
      mixer,
      mixerEnabled: this.#isMixerEnabled,
    };
  }

  /** Returns the event about the title of the current track; `null` if it is no station, or announced none yet. */
  titleMessage(): PlayerTitleMessage | null {
    const { track, positionMs } = this.#single;
    if (!track || track.generation !== this.#title?.generation) return null;
    return this.#events.titleMessage(track, positionMs, this.#title.text);
  }

  /** Performs an operation, see `Players.perform`. */
  perform(operation: PlayerOperation): void {
    const { op, fields } = operation;
    switch (op) {
      case "play":
        this.#play(fields);
        break;
      case "stop":
        this.#control.stop("STOPPED");
        break;
      case "pause":
        this.#single.setPaused(fields.pause);
        break;
      case "seek":
        this.#control.seek(fields.position);
        break;
      case "volume":
        this.#single.setVolume(fields.volume);
        break;
      case "filters":
        this.#single.updateFilters(operation.payload);
        break;
      case "replace-filters":
        this.#single.replaceFilters(fields);
        break;
      case "update-player":
        this.lavalink.apply(fields);
        break;
      case "equalizer":
        this.#single.updateFilters({ equalizer: { bands: operation.payload["bands"] } });
        break;
      case "update":
        this.#update(fields);
        break;
      case "mixer":
        this.#updateMixer(fields);
        break;
      default:
    }
  }

  /**
   * Removes the player, and sends the events about it.
   *
   * @param cleanup - Whether it is removed because it has no listeners.
   */
  destroy(cleanup: boolean): void {
    this.#events.sendDestroyed(cleanup);
    this.#control.stop("STOPPED");
    this.#events.sendGone();
    this.close();
  }

  /** Removes the player without events. */
  close(): void {
    this.#closing.abort();
    for (const stop of this.#stopTimers) stop();
    this.#services.engine.remove(this.audio);
    this.#services.onRemoved(this);
  }

  async locate(name: DeckName, generation: number): Promise<MediaLocation> {
    const track = this.audio.findDeck(name)?.find(generation);
    if (!track)
      throw new TrackError("The track was replaced or stopped before it could be opened.", "COMMON");
    return await this.#services.loader.locate(track.track, this.#closing.signal);
  }

  handleReport(report: AudioReport): void {
    switch (report.type) {
      case "ended":
        if (report.deck === null) this.#handleEnd(report.reason, report.next);
        else this.layers.handleEnd(report.deck, report.reason);
        break;
      case "exception":
        if (report.deck === null) this.#handleException(report.generation, deserializeError(report.error));
        break;
      case "title":
        if (report.deck === null) this.#handleTitle(report.generation, report.title);
        break;
      case "stuck":
        this.#handleStuck(report.generation);
        break;
      case "source":
        this.#isMixerEnabled = report.mixer;
        this.#events.sendUpdate();
        break;
      case "voice-state":
        this.#events.sendVoiceChange();
        break;
      case "voice-closed":
        this.#events.sendVoiceClosed(report);
        break;
      default:
    }
  }

  #play(fields: OperationFields<"play">): void {
    if (fields.noReplace && this.#single.track) return;
    const track = this.#decode(fields.track);
    if (!track) {
      this.#control.stop("STOPPED");
      return;
    }
    const next = this.#control.prepare(track, fields);
    if (fields.pause !== undefined && fields.pause !== null) this.#single.setPaused(fields.pause);
    if (fields.volume !== undefined && fields.volume !== null) this.#single.setVolume(fields.volume);
    this.audio.radio = fields.radio;
    const options: PlayOptions = { crossfadeMs: fields.crossfade, normalize: fields.normalize };
    if (fields.next && this.#single.track) {
      this.#single.queue(next, options);
      return;
    }
    this.#control.start(next, options);
  }

  /** Plays a track over the current one, see {@link MixLayers.add}. */
  addLayer(track: Track, userData: JsonObject, volume: number): MixLayer {
    return this.layers.add(track, this.#control.nextGeneration(), userData, volume);
  }

  /** Continues a layer of a player that another process had, see {@link MixLayers.restore}. */
  restoreLayer(layer: MixLayer): void {
    this.layers.restore(layer, this.#control.nextGeneration());
  }

  #decode(encoded: string): Track | null {
    return decodePlayable(encoded, this.#services.loader);
  }

  #update({ pause, position, volume, filters }: OperationFields<"update">): void {
    if (typeof pause === "boolean") this.#single.setPaused(pause);
    if (typeof position === "number") this.#control.seek(position);
    if (typeof volume === "number") this.#single.setVolume(volume);
    if (filters) this.#single.updateFilters(filters);
  }

  #updateMixer({ enable, players }: OperationFields<"mixer">): void {
    for (const [id, entry] of Object.entries(players)) this.#updateMixerPlayer(this.audio.deck(id), entry);
    if (typeof enable === "boolean") this.audio.requestSource(enable);
  }

  #updateMixerPlayer(deck: RemoteDeck, entry: MixerEntry): void {
    if (typeof entry.pause === "boolean") deck.setPaused(entry.pause);
    if (typeof entry.volume === "number") deck.setVolume(entry.volume);
    if (typeof entry.track === "string") {
      const track = this.#decode(entry.track);
      const prepared = track && this.#control.prepare(track, entry);
      if (entry.filters) deck.updateFilters(entry.filters);
      if (!prepared || endsAtOnce(prepared)) deck.stop();
      else deck.play(prepared, defaultPlayOptions);
      return;
    }
    if (entry.track === null) deck.stop();
    const { end } = readSpan(entry);
    if (end > 0) deck.setEndMarker(end);
    if (entry.filters) deck.updateFilters(entry.filters);
    if (typeof entry.position === "number") deck.seek(entry.position);
  }

  #handleEnd(reason: EndReason, next: number | undefined): void {
    if (!this.#control.handleEnd(reason, next)) return;
    // A station that was opened before its turn. Its deck advances after this.
    queueMicrotask(() => this.#sendTitle());
  }

  #handleException(generation: number, error: TrackError): void {
    const track = this.#single.find(generation);
    if (!track) return;
    this.#events.sendTrackException(track, this.#single.positionMs, error);
  }

  #handleStuck(generation: number): void {
    const { track, positionMs } = this.#single;
    if (track?.generation !== generation) return;
    const { stuckThresholdMs: thresholdMs } = this.#services.times;
    this.#events.sendTrackStuck(track, positionMs, thresholdMs);
  }

  #handleTitle(generation: number, title: string): void {
    const text = cleanText(title);
    const known = this.#title?.generation === generation ? this.#title.text : undefined;
    // A new thread reports the title again.
    if (text === null || text === known || !this.#single.find(generation)) return;
    this.#title = { text, generation };
    if (this.#single.track?.generation === generation) this.#sendTitle();
  }

  #sendTitle(): void {
    const message = this.titleMessage();
    if (message) this.#events.sendTitle(message);
  }

  /** Removes a playing player for which no output has requested frames for too long. */
  #removeIfUnused(): void {
    const nowMs = this.#services.clock.now();
    const decks = [this.#single, ...Array.from(this.audio.mixerDecks(), ([, deck]) => deck)];
    const requestedFrames = decks.reduce((sum, deck) => sum + deck.requestedFrames, 0);
    if (requestedFrames !== this.#requestedFrames) this.#requestedMs = nowMs;
    this.#requestedFrames = requestedFrames;
    const isPlaying = decks.some((deck) => deck.isPlaying);
    if (!isPlaying || nowMs - this.#requestedMs < this.#services.times.cleanupAfterMs) return;
    if (this.#services.unused === "remove") this.destroy(true);
    else this.#control.stop("CLEANUP");
  }
}
