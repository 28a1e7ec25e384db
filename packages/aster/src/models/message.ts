import type { Message as MessageData } from "@asterite/aster-protocol";
import type { Server } from "../server.ts";
import type { RequestOptions } from "../session/request-matcher.ts";
import type { Channel } from "./channel.ts";
import type { User } from "./user.ts";

let edit: (message: Message, content: string) => boolean;
let remove: (message: Message) => void;

/**
 * A message in a channel. The object stays the same, and follows edits and the deletion, for as long as its
 * server object keeps it (see `messagesPerChannel` in {@link CacheOptions}).
 */
export class Message {
  /** Identifies the message on its server. */
  readonly uuid: number;
  /** Who wrote it. */
  readonly author: User;
  /** Where it was written. */
  readonly channel: Channel;
  /** Unix time in whole seconds. */
  readonly date: number;
  /** The message that this one answers, which may be gone. */
  readonly replyUuid: number | undefined;
  #content: string;
  #edited: boolean;
  #isDeleted = false;

  /** @internal */
  constructor(data: MessageData, author: User, channel: Channel) {
    this.uuid = data.uuid;
    this.#content = data.content;
    this.author = author;
    this.channel = channel;
    this.date = data.date;
    this.#edited = data.edited;
    this.replyUuid = data.reply ?? undefined;
  }

  static {
    edit = (message, content) => {
      if (message.#edited && message.#content === content) return false;
      message.#content = content;
      message.#edited = true;
      return true;
    };
    remove = (message) => {
      message.#isDeleted = true;
    };
  }

  /** The text. */
  get content(): string {
    return this.#content;
  }

  /** Whether the text has been changed since it was sent. */
  get edited(): boolean {
    return this.#edited;
  }

  /** Whether the message is known to have been deleted. */
  get isDeleted(): boolean {
    return this.#isDeleted;
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
   * Replaces the text of an own message; this object has it when the promise resolves.
   *
   * @throws CommandError with status 403 (somebody else's message), 404 (it is gone) or 400 (too long).
   */
  async edit(content: string, options: RequestOptions = {}): Promise<void> {
    await this.server.command("edit", { message: this.uuid, new_content: content }, options);
    edit(this, content);
  }

  /**
   * Deletes the message: an own one, or any where the account may `manage_messages`.
   *
   * @throws CommandError with status 403 (not allowed) or 404 (the message or its channel is gone).
   */
  async delete(options: RequestOptions = {}): Promise<void> {
    await this.server.command("delete", { message: this.uuid }, options);
    remove(this);
  }

  /**
   * Answers in the same channel, with a reference to this message.
   *
   * @returns The answer as the server stored it.
   * @throws CommandError as {@link Channel.send} does.
   */
  reply(content: string, options: RequestOptions = {}): Promise<Message> {
    return this.channel.send(content, { ...options, replyTo: this.uuid });
  }

  /** Makes this the newest message of its channel that the account has read. */
  async markAsRead(options: RequestOptions = {}): Promise<void> {
    await this.server.command("mark_as_read", { message: this.uuid }, options);
  }

  /** What `JSON.stringify` writes: the message as it travels. */
  toJSON(): MessageData {
    return {
      uuid: this.uuid,
      content: this.#content,
      author_uuid: this.author.uuid,
      channel_uuid: this.channel.uuid,
      date: this.date,
      edited: this.#edited,
      reply: this.replyUuid ?? null,
    };
  }
}

/** Notes an edit and says whether it changed anything; for the server object only. */
export const applyEdit = (message: Message, content: string): boolean => edit(message, content);
/** Notes a deletion; for the server object only. */
export const markDeleted = (message: Message): void => remove(message);
