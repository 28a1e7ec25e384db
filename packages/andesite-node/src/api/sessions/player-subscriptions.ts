import type { OutgoingMessage } from "./outgoing-message.ts";

/** Receives the messages about players. */
export interface Subscriber {
  deliver(message: OutgoingMessage): void;
}

/** Returns the key of a player, unique across users. */
export const playerKey = (userId: string, guildId: string): string => `${userId}:${guildId}`;

/** Subscriptions of sessions and event buffers to players (section 9.6 of the protocol). */
export class PlayerSubscriptions {
  readonly #subscribers = new Map<string, Set<Subscriber>>();
  readonly #keys = new Map<Subscriber, Set<string>>();

  /** Subscribes to a player. A repeated subscription has no effect, and returns false. */
  subscribe(key: string, receiver: Subscriber): boolean {
    const subscribers = getOrCreate(this.#subscribers, key);
    if (subscribers.has(receiver)) return false;
    subscribers.add(receiver);
    getOrCreate(this.#keys, receiver).add(key);
    return true;
  }

  /** Returns the subscribers of a player. */
  subscribersOf(key: string): Iterable<Subscriber> {
    return this.#subscribers.get(key) ?? [];
  }

  /** Removes all subscriptions to a player. */
  removePlayer(key: string): void {
    for (const receiver of this.subscribersOf(key)) this.#keys.get(receiver)?.delete(key);
    this.#subscribers.delete(key);
  }

  /** Transfers all subscriptions of `from` to `to`; undefined removes them. */
  transfer(from: Subscriber, to: Subscriber | undefined): void {
    for (const key of this.#keys.get(from) ?? []) {
      const receivers = this.#subscribers.get(key);
      receivers?.delete(from);
      if (to !== undefined) this.subscribe(key, to);
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
