import type { AuthenticationError } from "../errors.ts";
import type { AbstractWebSocket } from "./abstract-web-socket.ts";
import type { AbstractWebSocketClient } from "./abstract-web-socket-client.ts";
import type { OutgoingMessage } from "./outbox.ts";
import { underlyingClient } from "./underlying-client.ts";

/** Listener of a client's attempts to connect, for which the client emits no events. */
export interface ConnectionListener {
  /** Called when the client gave up connecting and is closed, before it rejects its queued messages. */
  onGaveUp(): void;
  /** Called when the node refused the password, before the client rejects its queued messages. */
  onRefused(error: AuthenticationError): void;
  /** Called when an attempt to connect failed; another one may follow. */
  onAttemptFailed(): void;
}

/**
 * Interface of a client with which a pool moves guilds to and from it, without losing or repeating
 * operations.
 */
export interface PlayerTransfer {
  /**
   * Removes a guild and returns its queued and unacknowledged messages, in order. Later messages of the node
   * about the guild are dropped, and its player there is destroyed, immediately or on the next connection.
   */
  releaseGuild(guildId: string): OutgoingMessage[];
  /**
   * Creates the player of a guild from the client's state, on the current connection or the next one, which
   * this opens. Has no effect without a state.
   *
   * @returns Resolves when messages that are sent from then on follow those that create the player.
   */
  adoptGuild(guildId: string): Promise<void>;
  /** Queues messages that another client has accepted before; the queue limit does not apply. */
  acceptMessages(messages: readonly OutgoingMessage[]): void;
  /** Adds a listener. Returns a function that removes it. */
  addListener(listener: ConnectionListener): () => void;
}

const playerTransfers = new WeakMap<AbstractWebSocket, PlayerTransfer>();

/** Registers the player transfer of a client. */
export const registerPlayerTransfer = (client: AbstractWebSocketClient, transfer: PlayerTransfer): void => {
  playerTransfers.set(client, transfer);
};

/**
 * Returns the player transfer of a client, also behind combined clients; null for pools and other
 * implementations, whose messages cannot be moved.
 */
export const playerTransferOf = (client: AbstractWebSocket): PlayerTransfer | null =>
  playerTransfers.get(underlyingClient(client)) ?? null;
