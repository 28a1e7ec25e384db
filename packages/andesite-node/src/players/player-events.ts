import { mayStartNext } from "@asterite/andesite-protocol";
import type { TrackError } from "@asterite/audio/media";
import { Track } from "@asterite/lavaplayer-track";
import type { DeckTrack, JsonObject } from "../engine/remote-deck.ts";
import type { VoiceClose } from "../engine/remote-player.ts";
import { encodeCurrent } from "../loading/track-info.ts";
import { PlayerMessages, voiceClosedMessage } from "./player-messages.ts";
import type { PlayerReport } from "./player-report.ts";
import { type PlayedTrack, type PlayerMessage, type PlayerTitleMessage, titleEvent } from "./players.ts";

/** Why a track ended. */
export type EndReason = "FINISHED" | "LOAD_FAILED" | "STOPPED" | "REPLACED" | "CLEANUP";

/** Dependencies of {@link PlayerEvents}. */
export interface PlayerEventsDependencies {
  readonly userId: string;
  readonly guildId: string;
  readonly deliver: (message: PlayerMessage) => void;
  /** Converts an error to the JSON of `TrackExceptionEvent`. */
  readonly describeError: (error: Error) => unknown;
  /** Returns the state of the player; null once it is removed. */
  readonly report: () => PlayerReport | null;
}

/** Sends the events of a player, each of which an update follows, after the running operation (section 9.7 of the protocol). */
export class PlayerEvents {
  readonly #dependencies: PlayerEventsDependencies;
  readonly #messages: PlayerMessages;

  constructor(dependencies: PlayerEventsDependencies) {
    this.#dependencies = dependencies;
    this.#messages = new PlayerMessages(dependencies.deliver);
  }

  sendTrackStart(track: DeckTrack): void {
    this.#sendTrackEvent("TrackStartEvent", track, track.startMs, {});
  }

  sendTrackEnd(track: DeckTrack, positionMs: number, reason: EndReason): void {
    this.#sendTrackEvent("TrackEndEvent", track, positionMs, { reason, mayStartNext: mayStartNext(reason) });
  }

  sendTrackException(track: DeckTrack, positionMs: number, error: TrackError): void {
    const fields = { error: error.message, exception: this.#dependencies.describeError(error) };
    this.#sendTrackEvent("TrackExceptionEvent", track, positionMs, fields, error);
  }

  sendTrackStuck(track: DeckTrack, positionMs: number, thresholdMs: number): void {
    this.#sendTrackEvent("TrackStuckEvent", track, positionMs, { thresholdMs });
  }

  sendTitle(message: PlayerTitleMessage): void {
    this.#messages.push(() => message);
  }

  /** Returns the message about the title of a station. */
  titleMessage(track: DeckTrack, positionMs: number, title: string): PlayerTitleMessage {
    const { userId, guildId } = this.#dependencies;
    const fields = { track: encodeCurrent(playedAt(track, positionMs).track), title };
    return { userId, guildId, toAll: false, content: { type: "event", name: titleEvent, fields } };
  }

  /** Sends an event about a layer of the mix, which only Lavalink 4 clients can have. */
  sendMixEvent(name: "MixStartedEvent" | "MixEndedEvent", fields: JsonObject, track?: PlayedTrack): void {
    this.#sendEvent(name, fields, track && { track });
  }

  sendDestroyed(cleanup: boolean): void {
    this.#sendEvent("PlayerDestroyedEvent", { cleanup });
  }

  /** Sends the last message about the player. */
  sendGone(): void {
    this.#send({ type: "gone" });
  }

  sendVoiceChange(): void {
    this.#send({ type: "voice" });
  }

  sendVoiceClosed(close: VoiceClose): void {
    const { userId, guildId } = this.#dependencies;
    this.#messages.push(() => voiceClosedMessage(userId, guildId, close));
  }

  sendUpdate(): void {
    this.#messages.push(() => this.#message({ type: "update", state: this.#dependencies.report() }));
  }

  #sendTrackEvent(
    name: string,
    track: DeckTrack,
    positionMs: number,
    fields: Readonly<Record<string, unknown>>,
    error?: TrackError,
  ): void {
    const played = playedAt(track, positionMs);
    const details = { track: played, ...(error && { error }) };
    this.#sendEvent(name, { track: encodeCurrent(played.track), ...fields }, details);
    this.sendUpdate();
  }

  #sendEvent(
    name: string,
    fields: Readonly<Record<string, unknown>>,
    details: { readonly track?: PlayedTrack; readonly error?: TrackError } = {},
  ): void {
    this.#send({ type: "event", name, fields, ...details });
  }

  #send(content: PlayerMessage["content"]): void {
    this.#messages.push(() => this.#message(content));
  }

  #message(content: PlayerMessage["content"]): PlayerMessage {
    const { userId, guildId } = this.#dependencies;
    return { userId, guildId, toAll: false, content };
  }
}

/** Returns a track with the position that it has reached. */
export const playedAt = ({ track, userData = {} }: DeckTrack, positionMs: number): PlayedTrack => ({
  track: new Track({ ...track, positionMs: Math.round(positionMs) }),
  userData,
});
