import type { AbstractWebSocketClient } from "./abstract-web-socket-client.ts";
import type { OutgoingMessage } from "./outbox.ts";

/** What a pool wants to know of a member beside its events. */
export interface ConnectionListener {
  /** The member has given up connecting and is closed; what it has not transmitted is still there. */
  onGaveUp(): void;
  /** An attempt to connect has failed; others may follow. */
  onAttemptFailed(): void;
}

/** What a pool needs of a member to move guilds to and from it without losing or repeating anything. */
export interface PlayerTransfer {
  /**
   * Gives a guild away: what is not known to have been carried out for it, in order. From now on what the node
   * says about the guild is dropped, and its player there is destroyed, now or when the connection is back.
   */
  releaseGuild(guildId: string): OutgoingMessage[];
  /**
   * Creates the player of a guild from the state: at once over a connection, or else with the next one, which this
   * begins. Does nothing without a state.
   *
   * @returns Resolves when what is sent from now on comes after that.
   */
  adoptGuild(guildId: string): Promise<void>;
  /** Takes messages over that were announced by another member. */
  acceptMessages(messages: readonly OutgoingMessage[]): void;
  /** Calls back from now on, until the function that it returns is called. */
  addListener(observer: ConnectionListener): () => void;
}

const playerTransfers = new WeakMap<AbstractWebSocketClient, PlayerTransfer>();

/** Makes a client's handover known. */
export const registerPlayerTransfer = (client: AbstractWebSocketClient, handover: PlayerTransfer): void => {
  playerTransfers.set(client, handover);
};

/** The handover of a client; null for clients of another make, whose messages cannot be moved. */
export const playerTransferOf = (client: AbstractWebSocketClient): PlayerTransfer | null =>
  playerTransfers.get(client) ?? null;
