import type { LavalinkFilters, OperationFields, OperationName } from "@asterite/andesite-protocol";
import type { TrackError } from "@asterite/audio/media";
import type { Track } from "@asterite/lavaplayer-track";
import type { JsonObject } from "../engine/remote-deck.ts";
import type { PlayerReport } from "./player-report.ts";

/** An operation on one player: as parsed by `readOperation` or `parsePayload` of the protocol, or of another dialect. */
export type PlayerOperation = ProtocolOperation | ReplaceFilters | UpdatePlayer;

/** Replaces all filters; those that are left out are off. */
interface ReplaceFilters {
  readonly op: "replace-filters";
  readonly fields: LavalinkFilters;
}

/** A change of a player by a Lavalink 4 client. */
interface UpdatePlayer {
  readonly op: "update-player";
  readonly fields: PlayerChanges;
}

/** Fields of {@link UpdatePlayer}. Those that are left out stay as they are. */
export interface PlayerChanges {
  /** Track to play; null stops. */
  readonly track?: Track | null;
  /** Whether a present track makes this change end before its track. */
  readonly noReplace: boolean;
  /** Default with a track: false. */
  readonly paused?: boolean;
  /** Percent. */
  readonly volume?: number;
  /** Start of the track to play, or position to seek to, in ms. */
  readonly positionMs?: number;
  /** Position in ms at which the track ends; null for its own end. */
  readonly endMs?: number | null;
  readonly userData?: JsonObject;
  readonly filters?: LavalinkFilters;
  /** Track that follows the current one without a gap; null removes it. */
  readonly next?: { readonly track: Track; readonly userData: JsonObject } | null;
  /** Length of the crossfade into each track from now on, in ms. */
  readonly crossfadeMs?: number;
  /** Whether the loudness of each track from now on is normalised. */
  readonly normalize?: boolean;
}

type ProtocolOperation = {
  [Name in OperationName]: {
    readonly op: Name;
    readonly fields: OperationFields<Name>;
    /** The whole body, for operations whose settings are top-level fields of the payload. */
    readonly payload: Readonly<Record<string, unknown>>;
  };
}[OperationName];

/** An event, and its fields beside `op`, `userId` and `guildId`. */
interface PlayerEvent {
  readonly type: "event";
  readonly name: string;
  readonly fields: Readonly<Record<string, unknown>>;
  /** Track of the event, for dialects that send more of it than the fields. */
  readonly track?: PlayedTrack;
  /** The exception that the fields describe, for dialects that send more of it. */
  readonly error?: TrackError;
}

/** A track of a player. */
export interface PlayedTrack {
  /** The track with the position that it has reached. */
  readonly track: Track;
  /** Data of a Lavalink 4 client. */
  readonly userData: JsonObject;
}

/** Content of a message that clients receive. */
export type PlayerContent =
  | PlayerEvent
  /** A player update; the state of a destroyed player is `null`. */
  | { readonly type: "update"; readonly state: PlayerReport | null };

/** The voice connection opened or closed. Only Lavalink 4 has a message for it. */
interface VoiceChange {
  readonly type: "voice";
}

/**
 * Last message about a player. It ends the subscriptions, so that they do not apply to a player in its place.
 */
interface PlayerGone {
  readonly type: "gone";
}

/** A message about a player, for the sessions that are subscribed to it. */
export interface PlayerMessage {
  readonly userId: string;
  readonly guildId: string;
  readonly content: PlayerContent | PlayerGone | VoiceChange;
  /** Whether it goes to all open sessions, whatever their user, instead of the player's subscribers. */
  readonly toAll: boolean;
}

/** Name of the event about the title of a station, which only clients receive that negotiated it. */
export const titleEvent = "TrackTitleEvent";

/** Message about the title of a station. */
export type PlayerTitleMessage = PlayerMessage & { readonly content: PlayerEvent };

/** Frame counters of the last minute of one player. */
export interface FrameStats {
  readonly userId: string;
  readonly guildId: string;
  readonly success: number;
  readonly loss: number;
}

/** Totals over all players of the node. */
export interface PlayerTotals {
  /** Returns the number of players, and how many of them have an unpaused track in the single player. */
  counts(): { readonly total: number; readonly playing: number };
  /** Returns the frame counters of the players whose counters are usable. */
  frameStats(): readonly FrameStats[];
}

/** Players by user and guild. */
export interface Players {
  /**
   * Performs an operation synchronously; the messages that it causes are delivered after it has returned.
   * Creates the player if there is none, except for `get-player`, `destroy` and voice server updates.
   *
   * @returns The state after the operation; `null` if there is no player.
   * @throws TrackError, TrackFormatError, OperationError: the operation failed; its steps before the failure
   *   stay done.
   */
  perform(userId: string, guildId: string, operation: PlayerOperation): PlayerReport | null;
  /** Returns the state of a player; `null` if there is none. */
  get(userId: string, guildId: string): PlayerReport | null;
  /** Returns the event about the title that the station of a player announced last; `null` for none. */
  titleMessage(userId: string, guildId: string): PlayerTitleMessage | null;
  /** Adds a listener for all messages. Returns a function that removes it. */
  listen(listener: (message: PlayerMessage) => void): () => void;
}
