import type { LavalinkFilters, OperationFields, OperationName, Severity } from "@asterite/andesite-protocol";
import type { PlayerReport } from "./player-report.ts";

/** An operation on one player: as parsed by `readOperation` or `parsePayload` of the protocol, or of another dialect. */
export type PlayerOperation = ProtocolOperation | ReplaceFilters;

/** Replaces all filters; those that are left out are off. */
interface ReplaceFilters {
  readonly op: "replace-filters";
  readonly fields: LavalinkFilters;
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
  /** Severity of the exception that the fields describe, for dialects that send it. */
  readonly severity?: Severity;
}

/** Content of a message that clients receive. */
export type PlayerContent =
  | PlayerEvent
  /** A player update; the state of a destroyed player is `null`. */
  | { readonly type: "update"; readonly state: PlayerReport | null };

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
  readonly content: PlayerContent | PlayerGone;
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

/** All players of the node, by user and guild. */
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
  /** Returns the number of players, and how many of them have an unpaused track in the single player. */
  counts(): { readonly total: number; readonly playing: number };
  /** Returns the frame counters of the players whose counters are usable. */
  frameStats(): readonly FrameStats[];
  /** Ends all players without messages. */
  close(): Promise<void>;
}
