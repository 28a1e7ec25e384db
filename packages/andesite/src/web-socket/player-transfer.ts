import type { AbstractWebSocketClient } from "./abstract-web-socket-client.ts";
import type { Outgoing } from "./outbox.ts";

/** What a pool wants to know of a member beside its events. */
export interface MemberObserver {
  /** The member has given up connecting and is closed; what it has not transmitted is still there. */
  gaveUp(): void;
  /** An attempt to connect has failed; others may follow. */
  attemptFailed(): void;
}

/** What a pool needs of a member to move guilds to and from it without losing or repeating anything. */
export interface Handover {
  /**
   * Gives a guild away: what is not known to have been carried out for it, in order. From now on what the node
   * says about the guild is dropped, and its player there is destroyed, now or when the connection is back.
   */
  release(guildId: string): Outgoing[];
  /**
   * Creates the player of a guild from the state: at once over a connection, or else with the next one, which this
   * begins. Does nothing without a state.
   *
   * @returns Resolves when what is sent from now on comes after that.
   */
  adopt(guildId: string): Promise<void>;
  /** Takes messages over that were announced by another member. */
  accept(messages: readonly Outgoing[]): void;
  /** Calls back from now on, until the function that it returns is called. */
  observe(observer: MemberObserver): () => void;
}

const handovers = new WeakMap<AbstractWebSocketClient, Handover>();

/** Makes a client's handover known. */
export const offerHandover = (client: AbstractWebSocketClient, handover: Handover): void => {
  handovers.set(client, handover);
};

/** The handover of a client; null for clients of another make, whose messages cannot be moved. */
export const handoverOf = (client: AbstractWebSocketClient): Handover | null => handovers.get(client) ?? null;
