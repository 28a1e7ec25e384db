import type { OperationFields, OperationName } from "@asterite/andesite-protocol";
import type { PlayerReport } from "./player-report.ts";

/** An operation on one player, as `readOperation` or `parsePayload` of the protocol read it. */
export type PlayerOperation = {
  [Name in OperationName]: {
    readonly op: Name;
    readonly fields: OperationFields<Name>;
    /** The whole body, for the operations whose settings stand in the payload itself. */
    readonly payload: Readonly<Record<string, unknown>>;
  };
}[OperationName];

/**
 * An event with its fields beside `op`, `userId` and `guildId`, or the state that a player update holds: null for a
 * player that was destroyed.
 */
export type PlayerContent =
  | { readonly kind: "event"; readonly type: string; readonly fields: Readonly<Record<string, unknown>> }
  | { readonly kind: "update"; readonly state: PlayerReport | null };

/** Nothing more will be told about this player; whoever followed it follows its successor no more than others do. */
interface PlayerGone {
  readonly kind: "gone";
}

/** A message about a player, for the sockets that follow it. */
export interface PlayerMessage {
  readonly userId: string;
  readonly guildId: string;
  readonly content: PlayerContent | PlayerGone;
  /** Whether it goes to every open socket, whoever follows the player. */
  readonly toAll: boolean;
}

/** Frames of the last minute of one player. */
export interface FrameStats {
  readonly userId: string;
  readonly guildId: string;
  readonly success: number;
  readonly loss: number;
}

/** All players of the node, by user and guild. */
export interface Players {
  /**
   * Carries out an operation at once; the messages it causes come after it has returned. Makes the player
   * where there is none, but for `get-player`, `destroy` and voice server updates.
   *
   * @returns The state after it; null where there is no player.
   * @throws TrackError, TrackFormatError, OperationError: the operation failed, and what was done before stays.
   */
  perform(userId: string, guildId: string, operation: PlayerOperation): PlayerReport | null;
  /** The state of a player; null where there is none. */
  get(userId: string, guildId: string): PlayerReport | null;
  /** Calls the listener for every message; the function that comes back ends that. */
  listen(listener: (message: PlayerMessage) => void): () => void;
  /** Players alive, and those of them with an unpaused track in the single player. */
  counts(): { readonly total: number; readonly playing: number };
  /** Of the players whose counters are usable. */
  frameStats(): readonly FrameStats[];
  /** Ends all players without events. */
  close(): Promise<void>;
}
