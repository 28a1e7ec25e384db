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
    this.#set(channel, { count, mentions: Math.min(before.mentions, count), lastRead });
  }

  /** Sets the unread mentions counted from the message history. */
  setMentions(channel: number, mentions: number): void {
    this.#set(channel, { ...(this.#channels.get(channel) ?? noUnread), mentions });
  }

  /** Counts a message that arrived while its channel was not being watched. */
  increment(channel: number, isMention: boolean): void {
    const { count, mentions, lastRead } = this.#channels.get(channel) ?? noUnread;
    this.#set(channel, { count: count + 1, mentions: mentions + (isMention ? 1 : 0), lastRead });
  }

  /** Marks all messages up to `uuid` as read. */
  markRead(channel: number, uuid: number): void {
    this.#set(channel, { count: 0, mentions: 0, lastRead: uuid });
  }

  /** Clears all channels until the read markers are fetched again. */
  reset(): void {
    this.#channels.clear();
    this.isKnown = false;
  }

  /** Removes all channels but these. */
  retainOnly(channels: ReadonlySet<number>): void {
    for (const channel of this.#channels.keys()) if (!channels.has(channel)) this.#channels.delete(channel);
    this.signal.notify();
  }

  #set(channel: number, unread: ChannelUnread): void {
    this.#channels.set(channel, unread);
    this.signal.notify();
  }
}
