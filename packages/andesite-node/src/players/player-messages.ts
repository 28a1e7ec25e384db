import type { PlayerMessage } from "./players.ts";

/**
 * Builds the message that the connection to Discord's voice gateway ended. It goes to all open sessions,
 * whatever their user (section 9.6 of the protocol).
 */
export const voiceClosedMessage = (
  userId: string,
  guildId: string,
  { code, reason, byRemote }: { readonly code: number; readonly reason: string; readonly byRemote: boolean },
): PlayerMessage => ({
  userId,
  guildId,
  toAll: true,
  content: {
    type: "event",
    name: "WebSocketClosedEvent",
    fields: { code, reason: reason || null, byRemote },
  },
});

/**
 * Queue of a player's messages. Delivers them in order once the running operation has returned, so that the
 * reply to an operation precedes the messages that it causes.
 */
export class PlayerMessages {
  readonly #deliver: (message: PlayerMessage) => void;
  #queue: (() => PlayerMessage)[] = [];

  constructor(deliver: (message: PlayerMessage) => void) {
    this.#deliver = deliver;
  }

  /** @param make - Builds the message when it is delivered, with the state at that time. */
  push(make: () => PlayerMessage): void {
    if (this.#queue.push(make) === 1) queueMicrotask(() => this.#deliverQueue());
  }

  #deliverQueue(): void {
    // Messages that are pushed during delivery get a microtask of their own.
    const batch = this.#queue;
    this.#queue = [];
    for (const make of batch) this.#deliver(make());
  }
}
