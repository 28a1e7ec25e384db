import {
  applyEdit,
  type Channel,
  Message,
  type MessageData,
  markDeleted,
  setNonce,
} from "../models/channel.ts";
import type { User } from "../models/user.ts";

/** Source of a message: a live or replayed event, or a page of history. */
export type MessageOrigin = "event" | "history";

/** Maximum number of channels whose messages are loaded again when they are readable again. */
const maxDroppedChannels = 1000;

/** The newest messages of each channel. Each message is one object for as long as it is cached. */
export class Messages {
  readonly #channels = new Map<number, Map<number, Message>>();
  /** Channels whose messages were dropped, with the number of messages. */
  readonly #dropped = new Map<number, number>();
  readonly #maxPerChannel: number;

  constructor(maxPerChannel: number) {
    this.#maxPerChannel = maxPerChannel;
  }

  /** Returns the cached message, or undefined. */
  get(uuid: number): Message | undefined {
    for (const messages of this.#channels.values()) {
      const message = messages.get(uuid);
      // `isDeleted`: deleted by this program on a server that does not push deletions.
      if (message) return message.isDeleted ? undefined : message;
    }
    return undefined;
  }

  /** Returns the cached messages of a channel, oldest first. */
  list(channel: number): Message[] {
    return [...(this.#channels.get(channel)?.values() ?? [])]
      .filter((message) => !message.isDeleted)
      .sort((one, other) => one.date - other.date);
  }

  /**
   * Returns the object of a message and caches it. In a full channel, a message from an event evicts the
   * oldest one; a message from the history is not cached, so that reading back does not evict the newest
   * messages.
   */
  upsert(data: MessageData, author: User, channel: Channel, origin: MessageOrigin): Message {
    const cached = this.#channels.get(channel.uuid);
    const known = cached?.get(data.uuid);
    if (known) {
      if (data.edited) applyEdit(known, data.content);
      // The history, which has no nonces, may have been read before the event.
      if (data.nonce !== undefined) setNonce(known, data.nonce);
      return known;
    }
    const message = new Message(data, author, channel);
    // Only listed channels are cached, so that a server cannot grow the cache with invented channels.
    if (!cached || this.#maxPerChannel === 0) return message;
    if (cached.size >= this.#maxPerChannel) {
      if (origin === "history") return message;
      const [oldest] = cached.keys();
      if (oldest !== undefined) cached.delete(oldest);
    }
    cached.set(message.uuid, message);
    return message;
  }

  /** Removes a message from the cache, marks it as deleted and returns it. */
  remove(uuid: number): Message | undefined {
    for (const messages of this.#channels.values()) {
      const message = messages.get(uuid);
      if (!message) continue;
      messages.delete(uuid);
      markDeleted(message);
      return message;
    }
    return undefined;
  }

  /** Drops all messages, and marks none as deleted. */
  clear(): void {
    for (const messages of this.#channels.values()) messages.clear();
  }

  /**
   * Sets the channels whose messages are cached, and drops the messages of all others.
   *
   * @returns The added channels whose messages were dropped by an earlier call, with the number of messages then.
   */
  setChannels(uuids: Iterable<number>): (readonly [uuid: number, count: number])[] {
    const present = new Set(uuids);
    for (const [uuid, { size }] of this.#channels) {
      if (present.has(uuid)) continue;
      this.#channels.delete(uuid);
      if (size > 0 && this.#dropped.size < maxDroppedChannels) this.#dropped.set(uuid, size);
    }
    const returned = [...this.#dropped].filter(([uuid]) => present.has(uuid));
    for (const [uuid] of returned) this.#dropped.delete(uuid);
    for (const uuid of present) if (!this.#channels.has(uuid)) this.#channels.set(uuid, new Map());
    return returned;
  }
}
