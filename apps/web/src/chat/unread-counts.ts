import { Signal } from "../lib/signal.ts";

/** Unread state of a channel. */
export interface ChannelUnread {
  readonly count: number;
  /** Unread messages that mention the account. */
  readonly mentions: number;
  /** UUID of the newest message that was read. */
  readonly lastRead: number | undefined;
}

const noUnread: ChannelUnread = Object.freeze({ count: 0, mentions: 0, lastRead: undefined });

/** Unread messages and mentions by channel. */
export class UnreadCounts {
  readonly signal = new Signal();
  readonly #channels = new Map<number, ChannelUnread>();
  /** Unread messages that are known one by one, so that their deletion can be counted. */
  readonly #messages = new Map<number, { readonly channel: number; readonly isMention: boolean }>();
  #isKnown = false;

  /** Whether the read markers have been fetched. Until then no channel may be marked as read. */
  get isKnown(): boolean {
    this.signal.track();
    return this.#isKnown;
  }

  set isKnown(isKnown: boolean) {
    this.#isKnown = isKnown;
    this.signal.notify();
  }

  forChannel(channel: number): ChannelUnread {
    this.signal.track();
    return this.#channels.get(channel) ?? noUnread;
  }

  /** Sum over all channels, for the page title and the server's badge. */
  get total(): { readonly count: number; readonly mentions: number } {
    this.signal.track();
    let [count, mentions] = [0, 0];
    for (const channel of this.#channels.values()) {
      count += channel.count;
      mentions += channel.mentions;
    }
    return { count, mentions };
  }

  /** Applies the count and read marker from the server. */
  update(channel: number, count: number, lastRead: number | undefined): void {
    const before = this.#channels.get(channel) ?? noUnread;
    if (count === 0) this.#forget(channel);
    this.#set(channel, { count, mentions: Math.min(before.mentions, count), lastRead });
  }

  /** Counts the mentions among the unread messages of the message history. */
  addFound(
    channel: number,
    messages: readonly { readonly uuid: number; readonly isMention: boolean }[],
  ): void {
    for (const { uuid, isMention } of messages) this.#messages.set(uuid, { channel, isMention });
    const mentions = messages.filter(({ isMention }) => isMention).length;
    if (mentions > 0) this.#set(channel, { ...(this.#channels.get(channel) ?? noUnread), mentions });
  }

  /** Counts a message that arrived while its channel was not being watched. */
  increment(channel: number, uuid: number, isMention: boolean): void {
    this.#messages.set(uuid, { channel, isMention });
    const { count, mentions, lastRead } = this.#channels.get(channel) ?? noUnread;
    this.#set(channel, { count: count + 1, mentions: mentions + (isMention ? 1 : 0), lastRead });
  }

  /** Removes a deleted message. */
  remove(uuid: number): void {
    const message = this.#messages.get(uuid);
    if (!message) return;
    this.#messages.delete(uuid);
    const { count, mentions, lastRead } = this.forChannel(message.channel);
    const left = Math.max(0, count - 1);
    const leftMentions = Math.max(0, mentions - (message.isMention ? 1 : 0));
    this.#set(message.channel, { count: left, mentions: Math.min(left, leftMentions), lastRead });
  }

  /** Marks all messages up to `uuid` as read. */
  markRead(channel: number, uuid: number): void {
    this.#forget(channel);
    this.#set(channel, { count: 0, mentions: 0, lastRead: uuid });
  }

  /** Clears all channels until the read markers are fetched again. */
  reset(): void {
    this.#channels.clear();
    this.#messages.clear();
    this.isKnown = false;
  }

  /** Removes all channels but these. */
  retainOnly(channels: ReadonlySet<number>): void {
    for (const channel of this.#channels.keys()) {
      if (channels.has(channel)) continue;
      this.#channels.delete(channel);
      this.#forget(channel);
    }
    this.signal.notify();
  }

  #forget(channel: number): void {
    for (const [uuid, message] of this.#messages)
      if (message.channel === channel) this.#messages.delete(uuid);
  }

  #set(channel: number, unread: ChannelUnread): void {
    this.#channels.set(channel, unread);
    this.signal.notify();
  }
}
