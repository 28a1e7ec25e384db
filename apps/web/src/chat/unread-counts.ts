import { Topic } from "../lib/signal.ts";

/** How much of a channel is not read. */
export interface ChannelUnread {
  readonly count: number;
  /** How many of these speak to the account by name. */
  readonly mentions: number;
  /** The newest message that was read. */
  readonly lastRead: number | undefined;
}

const nothing: ChannelUnread = Object.freeze({ count: 0, mentions: 0, lastRead: undefined });

/** What is not read yet, by channel. */
export class Unread {
  readonly topic = new Topic();
  readonly #channels = new Map<number, ChannelUnread>();
  #isKnown = false;

  /** Whether the server has said how far was read; before that nothing counts as read either. */
  get isKnown(): boolean {
    this.topic.follow();
    return this.#isKnown;
  }

  set isKnown(isKnown: boolean) {
    this.#isKnown = isKnown;
    this.topic.changed();
  }

  in(channel: number): ChannelUnread {
    this.topic.follow();
    return this.#channels.get(channel) ?? nothing;
  }

  /** Everything together, for the page's title and the server's badge. */
  get total(): { readonly count: number; readonly mentions: number } {
    this.topic.follow();
    let [count, mentions] = [0, 0];
    for (const channel of this.#channels.values()) {
      count += channel.count;
      mentions += channel.mentions;
    }
    return { count, mentions };
  }

  /** What the server says. */
  learn(channel: number, count: number, lastRead: number | undefined): void {
    const before = this.#channels.get(channel) ?? nothing;
    this.#set(channel, { count, mentions: Math.min(before.mentions, count), lastRead });
  }

  /** Mentions among what is not read, as counted from the history. */
  learnMentions(channel: number, mentions: number): void {
    this.#set(channel, { ...(this.#channels.get(channel) ?? nothing), mentions });
  }

  /** A message came that nobody looks at. */
  arrived(channel: number, isMention: boolean): void {
    const { count, mentions, lastRead } = this.#channels.get(channel) ?? nothing;
    this.#set(channel, { count: count + 1, mentions: mentions + (isMention ? 1 : 0), lastRead });
  }

  /** Everything up to a message was read. */
  read(channel: number, uuid: number): void {
    this.#set(channel, { count: 0, mentions: 0, lastRead: uuid });
  }

  /** Forgets everything, until the server says more. */
  forget(): void {
    this.#channels.clear();
    this.isKnown = false;
  }

  /** Forgets channels that are gone. */
  keepOnly(channels: ReadonlySet<number>): void {
    for (const channel of this.#channels.keys()) if (!channels.has(channel)) this.#channels.delete(channel);
    this.topic.changed();
  }

  #set(channel: number, unread: ChannelUnread): void {
    this.#channels.set(channel, unread);
    this.topic.changed();
  }
}
