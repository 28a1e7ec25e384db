import { type MixerEntry, mayStartNext, type OperationFields, readSpan } from "@asterite/andesite-protocol";
import { TrackError } from "@asterite/audio/media";
import type { Track } from "@asterite/lavaplayer-track";
import type { MediaLocation } from "../bytes/media-location.ts";
import { type Clock, every } from "../clock.ts";
import type { Engine } from "../engine/engine.ts";
import type { EnginePlayer, EnginePlayerEvents } from "../engine/remote-player.ts";
import type { DeckName } from "../engine/messages.ts";
import type { Loader } from "../loading/loader.ts";
import { decodePlayable } from "../loading/playable-track.ts";
import { MessageQueue } from "./player-messages.ts";
import { type DeckTrack, encodeAt, PlayerDeck, type PlayManner, plainManner } from "./player-deck.ts";
import type { MixerPlayerReport, PlayerReport } from "./player-report.ts";
import type { PlayerMessage, PlayerOperation } from "./players.ts";
import { voiceClosed } from "./voice-closed.ts";

/** How often, and after how long, things happen to players. */
export interface PlayerTimes {
  /** ms between two updates of a player with a track. Default: 5,000. */
  readonly updateIntervalMs: number;
  /** ms between two looks at whether anybody listens. Default: 30,000. */
  readonly cleanupIntervalMs: number;
  /** ms after which a playing player that nobody listens to is removed. Default: 60,000. */
  readonly cleanupAfterMs: number;
  /** ms without a frame after which a track counts as stuck. Default: 10,000. */
  readonly stuckThresholdMs: number;
}

/** What players work with. */
export interface PlayerServices {
  readonly engine: Engine;
  readonly loader: Loader;
  readonly clock: Clock;
  readonly times: PlayerTimes;
  /** Takes messages about a player. */
  readonly deliver: (message: PlayerMessage, player: Player) => void;
  /** Writes an error as it stands in `TrackExceptionEvent`. */
  readonly describe: (error: Error) => unknown;
  /** A player has gone. */
  readonly removed: (player: Player) => void;
}

type EndReason = "FINISHED" | "LOAD_FAILED" | "STOPPED" | "REPLACED";

/** A player of a user in a guild: section 11 of the protocol. */
export class Player {
  readonly userId: string;
  readonly guildId: string;
  readonly #services: PlayerServices;
  readonly #single: PlayerDeck;
  readonly #mixer = new Map<string, PlayerDeck>();
  readonly #messages: MessageQueue<PlayerMessage>;
  readonly #gone = new AbortController();
  readonly #stopTimers: readonly (() => void)[];
  #audio: EnginePlayer | null = null;
  #mixerEnabled = false;
  #lastGeneration = 0;
  #asked = 0;
  #askedMs: number;

  /** @param audio - Of a voice connection that was there first. */
  constructor(userId: string, guildId: string, services: PlayerServices, audio: EnginePlayer | null) {
    this.userId = userId;
    this.guildId = guildId;
    this.#services = services;
    this.#messages = new MessageQueue((message) => services.deliver(message, this));
    this.#single = this.#makeDeck(null);
    this.#audio = audio;
    audio?.listenTo(this.#audioEvents());
    this.#askedMs = services.clock.now();
    const { updateIntervalMs, cleanupIntervalMs } = services.times;
    this.#stopTimers = [
      every(services.clock, updateIntervalMs, () => this.#single.track && this.#sendUpdate()),
      every(services.clock, cleanupIntervalMs, () => this.#checkUse()),
    ];
  }

  /** Whether the single player has an unpaused track. */
  get playing(): boolean {
    return this.#single.playing;
  }

  /** Its audio, for outputs; made when it is asked for. */
  get audio(): EnginePlayer {
    this.#audio ??= this.#services.engine.add(this.#audioEvents());
    return this.#audio;
  }

  /** Frame counters of the last minute; with the mixer, the average over its usable players. */
  get frames(): { readonly success: number; readonly loss: number; readonly usable: boolean } {
    const { mixerEnabled, mixer, frame } = this.report();
    if (!mixerEnabled) return frame;
    const usable = Object.values(mixer).flatMap((report) => (report.frame.usable ? report.frame : []));
    const average = (key: "success" | "loss"): number =>
      Math.trunc(usable.reduce((sum, counts) => sum + counts[key], 0) / Math.max(1, usable.length));
    return { success: average("success"), loss: average("loss"), usable: usable.length > 0 };
  }

  /** The player as it stands in JSON. */
  report(): PlayerReport {
    const nowMs = Date.now();
    const mixer: Record<string, MixerPlayerReport> = {};
    for (const [id, deck] of this.#mixer) mixer[id] = deck.report(nowMs);
    return { ...this.#single.report(nowMs), time: nowMs, mixer, mixerEnabled: this.#mixerEnabled };
  }

  /** Carries out an operation; see `Players.perform`. */
  perform({ op, fields, payload }: PlayerOperation): void {
    switch (op) {
      case "play":
        this.#play(fields);
        break;
      case "stop":
        this.#stop("STOPPED");
        break;
      case "pause":
        this.#single.pause(fields.pause);
        break;
      case "seek":
        this.#seek(fields.position);
        break;
      case "volume":
        this.#single.setVolume(fields.volume);
        break;
      case "filters":
        this.#single.updateFilters(payload);
        break;
      case "equalizer":
        this.#single.updateFilters({ equalizer: { bands: payload["bands"] } });
        break;
      case "update":
        this.#update(fields);
        break;
      case "mixer":
        this.#mix(fields);
        break;
      default:
    }
  }

  /** Ends the player, and tells about it. */
  destroy(cleanup: boolean): void {
    this.#tell("PlayerDestroyedEvent", { cleanup });
    this.#stop("STOPPED");
    const { userId, guildId } = this;
    this.#messages.push(() => ({ userId, guildId, toAll: false, content: { kind: "gone" } }));
    this.close();
  }

  /** Ends the player without a word. */
  close(): void {
    this.#gone.abort();
    for (const stop of this.#stopTimers) stop();
    this.#audio?.close();
    this.#services.removed(this);
  }

  #makeDeck(name: DeckName): PlayerDeck {
    return new PlayerDeck((settings) => this.audio.deck(name, settings));
  }

  #play(fields: OperationFields<"play">): void {
    if (fields.noReplace && this.#single.track) return;
    const track = this.#decode(fields.track);
    if (!track) {
      this.#stop("STOPPED");
      return;
    }
    const next = this.#prepare(track, fields);
    if (fields.pause !== undefined && fields.pause !== null) this.#single.pause(fields.pause);
    if (fields.volume !== undefined && fields.volume !== null) this.#single.setVolume(fields.volume);
    this.audio.radio = fields.radio;
    const manner: PlayManner = { crossfadeMs: fields.crossfade, normalize: fields.normalize };
    if (fields.next && this.#single.track) {
      this.#single.queue(next, manner);
      return;
    }
    this.#tellEnd("REPLACED");
    if (endsAtOnce(next)) {
      this.#single.stop();
      this.#tell("TrackStartEvent", { track: encodeAt(next, next.startMs) });
      this.#tellEnd("FINISHED", next);
    } else {
      this.#single.play(next, manner);
      this.#tell("TrackStartEvent", { track: encodeAt(next, next.startMs) });
    }
  }

  #decode(encoded: string): Track | null {
    return decodePlayable(encoded, this.#services.loader);
  }

  #prepare(track: Track, fields: Parameters<typeof readSpan>[0]): DeckTrack {
    const { start, end } = readSpan(fields);
    const startMs = track.info.isStream ? 0 : Math.max(0, start || Number(track.positionMs));
    return { track, generation: ++this.#lastGeneration, startMs, endMs: Math.max(0, end) };
  }

  #stop(reason: EndReason): void {
    this.#tellEnd(reason);
    this.#single.stop();
  }

  #seek(positionMs: number): void {
    const { track } = this.#single;
    if (track && track.endMs > 0 && positionMs >= track.endMs && !track.track.info.isStream) {
      this.#stop("FINISHED");
      return;
    }
    this.#single.seek(positionMs);
  }

  #update({ pause, position, volume, filters }: OperationFields<"update">): void {
    if (typeof pause === "boolean") this.#single.pause(pause);
    if (typeof position === "number") this.#seek(position);
    if (typeof volume === "number") this.#single.setVolume(volume);
    if (filters) this.#single.updateFilters(filters);
  }

  #mix({ enable, players }: OperationFields<"mixer">): void {
    for (const [id, entry] of Object.entries(players)) {
      let deck = this.#mixer.get(id);
      if (!deck) {
        deck = this.#makeDeck(id);
        this.#mixer.set(id, deck);
      }
      this.#mixOne(deck, entry);
    }
    if (typeof enable === "boolean") this.audio.requestSource(enable);
  }

  #mixOne(deck: PlayerDeck, entry: MixerEntry): void {
    if (typeof entry.pause === "boolean") deck.pause(entry.pause);
    if (typeof entry.volume === "number") deck.setVolume(entry.volume);
    if (typeof entry.track === "string") {
      const track = this.#decode(entry.track);
      const prepared = track && this.#prepare(track, entry);
      if (entry.filters) deck.updateFilters(entry.filters);
      if (!prepared || endsAtOnce(prepared)) deck.stop();
      else deck.play(prepared, plainManner);
      return;
    }
    if (entry.track === null) deck.stop();
    const { end } = readSpan(entry);
    if (end > 0) deck.endAt(end);
    if (entry.filters) deck.updateFilters(entry.filters);
    if (typeof entry.position === "number") deck.seek(entry.position);
  }

  #audioEvents(): EnginePlayerEvents {
    return {
      locate: (deck, generation) => this.#locate(deck, generation),
      ended: (deck, _generation, reason, next) => {
        if (deck !== null) {
          this.#mixer.get(deck)?.ended(next);
          return;
        }
        this.#tellEnd(reason);
        const track = this.#single.ended(next);
        if (track) this.#tell("TrackStartEvent", { track: encodeAt(track, track.startMs) });
      },
      exception: (deck, generation, error) => {
        const track = deck === null && this.#single.find(generation);
        if (!track) return;
        this.#tell("TrackExceptionEvent", {
          track: encodeAt(track, this.#single.positionMs),
          error: error.message,
          exception: this.#services.describe(error),
        });
      },
      stuck: (generation) => {
        if (this.#single.track?.generation !== generation) return;
        const { stuckThresholdMs: thresholdMs } = this.#services.times;
        const track = encodeAt(this.#single.track, this.#single.positionMs);
        this.#tell("TrackStuckEvent", { track, thresholdMs });
      },
      sourceChanged: (mixer) => {
        this.#mixerEnabled = mixer;
        this.#sendUpdate();
      },
      voiceClosed: (code, reason, byRemote) => {
        const { userId, guildId } = this;
        this.#messages.push(() => voiceClosed(userId, guildId, code, reason, byRemote));
      },
      deckRemoved: (id, stamp) => {
        if (this.#mixer.get(id)?.stamp !== stamp) return;
        this.#mixer.delete(id);
        this.#audio?.forget(id);
      },
    };
  }

  async #locate(name: DeckName, generation: number): Promise<MediaLocation> {
    const deck = name === null ? this.#single : this.#mixer.get(name);
    const track = deck?.find(generation);
    if (!track) throw new TrackError("The track is not to be played any more", "COMMON");
    return await this.#services.loader.locate(track.track, this.#gone.signal);
  }

  /** Removes the player where it plays and nobody has asked for its audio for long. */
  #checkUse(): void {
    const nowMs = this.#services.clock.now();
    const decks = [this.#single, ...this.#mixer.values()];
    const asked = decks.reduce((sum, deck) => sum + deck.asked, 0);
    if (asked !== this.#asked) this.#askedMs = nowMs;
    this.#asked = asked;
    const playing = decks.some((deck) => deck.playing);
    if (playing && nowMs - this.#askedMs >= this.#services.times.cleanupAfterMs) this.destroy(true);
  }

  #tellEnd(reason: EndReason, track = this.#single.track): void {
    if (!track) return;
    const position = track === this.#single.track ? this.#single.positionMs : track.startMs;
    this.#tell("TrackEndEvent", {
      track: encodeAt(track, position),
      reason,
      mayStartNext: mayStartNext(reason),
    });
  }

  #tell(type: string, fields: Readonly<Record<string, unknown>>): void {
    const { userId, guildId } = this;
    this.#messages.push(() => ({
      userId,
      guildId,
      toAll: false,
      content: { kind: "event", type, fields },
    }));
    if (type !== "PlayerDestroyedEvent") this.#sendUpdate();
  }

  #sendUpdate(): void {
    const { userId, guildId } = this;
    this.#messages.push(() => ({
      userId,
      guildId,
      toAll: false,
      content: { kind: "update", state: this.#gone.signal.aborted ? null : this.report() },
    }));
  }
}

const endsAtOnce = ({ startMs, endMs }: DeckTrack): boolean => endMs > 0 && endMs <= startMs;
