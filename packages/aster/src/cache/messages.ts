import type { Message as MessageData } from "@asterite/aster-protocol";
import type { Channel } from "../models/channel.ts";
import { applyEdit, Message, markDeleted } from "../models/message.ts";
import type { User } from "../models/user.ts";

/** The newest messages of each channel, each as one object for as long as it is kept. */
export class Messages {
  readonly #channels = new Map<number, Map<number, Message>>();
  readonly #maxPerChannel: number;

  constructor(perChannel: number) {
    this.#maxPerChannel = perChannel;
  }

  /** The message, if it is kept. */
  get(uuid: number): Message | undefined {
    for (const messages of this.#channels.values()) {
      const message = messages.get(uuid);
      // Deleted by this program on a server that does not tell so.
      if (message) return message.isDeleted ? undefined : message;
    }
    return undefined;
  }

  /** The kept messages of a channel, oldest first. */
  list(channel: number): Message[] {
    return [...(this.#channels.get(channel)?.values() ?? [])]
      .filter((message) => !message.isDeleted)
      .sort((one, other) => one.date - other.date);
  }

  /**
   * The object for a message. A new message pushes out the oldest one if need be; one from the history only
   * fills what is free, so that reading back does not cost the newest.
   */
  upsert(data: MessageData, author: User, channel: Channel, from: "push" | "history"): Message {
    const kept = this.#channels.get(channel.uuid);
    const known = kept?.get(data.uuid);
    if (known) {
      if (data.edited) applyEdit(known, data.content);
      return known;
    }
    const message = new Message(data, author, channel);
    // Only channels that are listed have a place, so that no server can make up ever more of them.
    if (!kept || this.#maxPerChannel === 0) return message;
    if (kept.size >= this.#maxPerChannel) {
      if (from === "history") return message;
      const [oldest] = kept.keys();
      if (oldest !== undefined) kept.delete(oldest);
    }
    kept.set(message.uuid, message);
    return message;
  }

  /** Takes a message out; it knows from then on that it was deleted. */
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

  /** Makes room for these channels and forgets all others. */
  setChannels(uuids: Iterable<number>): void {
    const present = new Set(uuids);
    for (const uuid of this.#channels.keys()) if (!present.has(uuid)) this.#channels.delete(uuid);
    for (const uuid of present) if (!this.#channels.has(uuid)) this.#channels.set(uuid, new Map());
  }
}
