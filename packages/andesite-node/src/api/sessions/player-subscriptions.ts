import type { Outgoing } from "./outgoing-message.ts";

/** Somebody to whom the messages about players go. */
export interface Receiver {
  deliver(message: Outgoing): void;
}

/** Name of a player among those of all users. */
export const playerKey = (userId: string, guildId: string): string => `${userId}:${guildId}`;

/** Who follows which player (section 9.6 of the protocol). */
export class Followers {
  readonly #receivers = new Map<string, Set<Receiver>>();
  readonly #keys = new Map<Receiver, Set<string>>();

  /** Following twice is the same as once. */
  add(key: string, receiver: Receiver): void {
    upsert(this.#receivers, key).add(receiver);
    upsert(this.#keys, receiver).add(key);
  }

  /** Who follows a player. */
  of(key: string): Iterable<Receiver> {
    return this.#receivers.get(key) ?? [];
  }

  /** A player is gone: nobody follows it any more. */
  forget(key: string): void {
    for (const receiver of this.of(key)) this.#keys.get(receiver)?.delete(key);
    this.#receivers.delete(key);
  }

  /** Gives all that one follows to another; without another, to nobody. */
  move(from: Receiver, to: Receiver | null): void {
    for (const key of this.#keys.get(from) ?? []) {
      const receivers = this.#receivers.get(key);
      receivers?.delete(from);
      if (to !== null) this.add(key, to);
      else if (receivers?.size === 0) this.#receivers.delete(key);
    }
    this.#keys.delete(from);
  }
}

function upsert<Key, Value>(map: Map<Key, Set<Value>>, key: Key): Set<Value> {
  const existing = map.get(key);
  if (existing) return existing;
  const made = new Set<Value>();
  map.set(key, made);
  return made;
}
