import type { Message as MessageData } from "@asterite/aster-protocol";
import type { Server } from "../server.ts";
import type { Channel } from "./channel.ts";
import type { User } from "./user.ts";

/** A message in a channel. */
export class Message {
  /** Identifies the message on its server. */
  readonly uuid: number;
  /** The text. */
  readonly content: string;
  /** Who wrote it. */
  readonly author: User;
  /** Where it was written. */
  readonly channel: Channel;
  /** Unix time in whole seconds. */
  readonly date: number;
  /** Whether the text has been changed since. */
  readonly edited: boolean;
  /** The message that this one answers, which may be gone. */
  readonly replyUuid: number | undefined;

  constructor(data: MessageData, author: User, channel: Channel) {
    this.uuid = data.uuid;
    this.content = data.content;
    this.author = author;
    this.channel = channel;
    this.date = data.date;
    this.edited = data.edited;
    this.replyUuid = data.reply ?? undefined;
  }

  /** The server that the message is on. */
  get server(): Server {
    return this.channel.server;
  }

  /** When it was sent, to the second. */
  get createdAt(): Date {
    return new Date(this.date * 1000);
  }

  /**
   * Answers in the same channel, with a reference to this message.
   *
   * @returns The answer as the server stored it.
   * @throws CommandError as {@link Channel.send} does.
   */
  reply(content: string): Promise<Message> {
    return this.channel.send(content, { replyTo: this.uuid });
  }
}
