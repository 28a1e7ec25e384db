import type { OutgoingMessage } from "./outgoing-message.ts";

/** Somebody to whom the messages about players go. */
export interface Subscriber {
  deliver(message: OutgoingMessage): void;
}

/** Name of a player among those of all users. */
export const playerKey = (userId: string, guildId: string): string => `${userId}:${guildId}`;

/** Who follows which player (section 9.6 of the protocol). */
export class PlayerSubscriptions {
  readonly #subscribers = new Map<string, Set<Subscriber>>();
  readonly #keys = new Map<Subscriber, Set<string>>();

  /** Following twice is the same as once. */
  subscribe(key: string, receiver: Subscriber): void {
    getOrCreate(this.#subscribers, key).add(receiver);
    getOrCreate(this.#keys, receiver).add(key);
  }

  /** Who follows a player. */
  subscribersOf(key: string): Iterable<Subscriber> {
    return this.#subscribers.get(key) ?? [];
  }

  /** A player is gone: nobody follows it any more. */
  removePlayer(key: string): void {
    for (const receiver of this.subscribersOf(key)) this.#keys.get(receiver)?.delete(key);
    this.#subscribers.delete(key);
  }

  /** Gives all that one follows to another; without another, to nobody. */
  transfer(from: Subscriber, to: Subscriber | null): void {
    for (const key of this.#keys.get(from) ?? []) {
      const receivers = this.#subscribers.get(key);
      receivers?.delete(from);
      if (to !== null) this.subscribe(key, to);
      else if (receivers?.size === 0) this.#subscribers.delete(key);
    }
    this.#keys.delete(from);
  }
}

function getOrCreate<Key, Value>(map: Map<Key, Set<Value>>, key: Key): Set<Value> {
  const existing = map.get(key);
  if (existing) return existing;
  const made = new Set<Value>();
  map.set(key, made);
  return made;
}
