// Channel and Message refer to each other, and so do the options and results of their methods: one file.

import {
  type Channel as ChannelData,
  Permissions,
  type PushFields,
  type Message as WireMessage,
} from "@asterite/aster-protocol";
import { checkType } from "../errors.ts";
import { checkText } from "../limits.ts";
import { parseMentions } from "../mentions.ts";
import { type Reference, uuidOf } from "../references.ts";
import type { RequestOptions } from "../session/request-matcher.ts";
import { walkHistory } from "../sync/history.ts";
import type { SendOptions } from "../sync/sending.ts";
import { type ChannelChanges, type ChannelOverrides, channelFields } from "./channel-changes.ts";
import { permissionsInChannel } from "./channel-permissions.ts";
import type { Group } from "./group.ts";
import type { ModelServer } from "./model-server.ts";
import { ownerOf, type Server } from "./owner.ts";
import type { User } from "./user.ts";

/** Fields of a message on the wire. Only a `content` push to the sender carries a nonce. */
export type MessageData = PushFields<"content">;

/** The server of a channel or message: the members of {@link Server} that concern channels and messages. */
export interface ChannelServer extends ModelServer {
  /** Channels that this account can see, in the server's order. */
  readonly channels: readonly Channel[];
  /** Groups of the server; see {@link Server.groups}. */
  readonly groups: readonly Group[];
  /** Returns the channel, or undefined if there is none or it is not visible. */
  getChannel(channel: Reference<Channel>): Channel | undefined;
  /** Returns the first channel with a name, or undefined. */
  getChannelByName(name: string): Channel | undefined;
  /** Returns the cached group, or undefined. */
  getGroup(group: Reference<Group>): Group | undefined;
  /** Returns the cached message, or undefined. */
  getMessage(message: Reference<Message>): Message | undefined;
  /** Returns the cached messages of a channel, oldest first. */
  getMessages(channel: Reference<Channel>): readonly Message[];
  /** Fetches a message; see {@link Server.fetchMessage}. */
  fetchMessage(message: Reference<Message>, options?: RequestOptions): Promise<Message | undefined>;
  /** Fetches messages of a channel; see {@link Channel.fetchHistory}. */
  fetchHistory(channel: Reference<Channel>, options?: HistoryOptions): Promise<Message[]>;
  /** Sends a message; see {@link Channel.send}. */
  sendMessage(channel: Reference<Channel>, content: string, options?: SendOptions): Promise<Message>;
  /** Keeps a typing indicator up until the returned function is called; see {@link Channel.withTyping}. */
  keepTyping(channel: Reference<Channel>): () => void;
  /** Searches the messages of the server; see {@link Server.search}. */
  search(query: string, options?: SearchOptions): Promise<SearchResult[]>;
}

/** Options of {@link Channel.fetchHistory}. */
export interface HistoryOptions extends RequestOptions {
  /** Number of messages, 0 to 4 294 967 295; the server may return fewer. Default 100. */
  readonly count?: number;
  /** Return only messages sent before this one, given as an object or by its uuid. Default: the newest. */
  readonly before?: Reference<Message>;
}

/** Options of {@link Channel.history}. */
export interface HistoryWalkOptions extends RequestOptions {
  /** Start before this message, given as an object or by its uuid. Default: start with the newest. */
  readonly before?: Reference<Message>;
  /** Maximum number of messages. Default: to the beginning of the channel. */
  readonly limit?: number;
  /** Messages per request, 1 to 1000. Default 100. */
  readonly pageSize?: number;
}

/** Options of {@link Server.search}. */
export interface SearchOptions extends RequestOptions {
  /** Search only this channel. Default: every channel that the account can read. */
  readonly channel?: Reference<Channel>;
  /** Search only messages of this author. */
  readonly author?: Reference<User>;
  /** Search only messages sent before this one. */
  readonly before?: Reference<Message>;
  /** Search only messages sent at this Unix time in seconds or later. */
  readonly since?: number;
  /** Search only messages sent before this Unix time in seconds. */
  readonly until?: number;
  /** Maximum number of results. Default 50. */
  readonly limit?: number;
}

/** One result of {@link Server.search}. */
export interface SearchResult {
  /** The message found. */
  readonly message: Message;
  /** The matching part of its text. */
  readonly snippet: string;
}

/** A value that a client, usually a bot, publishes in a channel for as long as it is connected. */
export interface ChannelState {
  /** Channel in which the value is published. */
  readonly channel: Channel;
  /** Key of the value, 1 to 32 characters. */
  readonly key: string;
  /** Any JSON value; null if the value was removed. */
  readonly value: unknown;
  /** Account that published the value. */
  readonly authorUuid: number;
}

let updateData: (channel: Channel, data: ChannelData) => void;

/** A channel of a server. The object stays the same when the channel is edited. */
export class Channel {
  /** Server of the channel. */
  readonly server: Server;
  #data: ChannelData;

  /** @internal */
  constructor(server: ChannelServer, data: ChannelData) {
    this.server = ownerOf(server);
    this.#data = data;
  }

  static {
    updateData = (channel, data) => {
      channel.#data = data;
    };
  }

  /** Uuid of the channel, unique on its server. */
  get uuid(): number {
    return this.#data.uuid;
  }

  /** Name without `#`; empty for a channel that this account cannot see. */
  get name(): string {
    return this.#data.name;
  }

  /** Position in the channel list; 0 is the top. */
  get position(): number {
    return this.#data.position;
  }

  /** Permission overrides for users and groups in this channel. */
  get overrides(): ChannelOverrides {
    return this.#data.permissions;
  }

  /** Slow mode: minimum seconds between two messages of an account; 0 if it is off. */
  get slowSeconds(): number {
    return this.#data.slow_seconds ?? 0;
  }

  /** Cached messages of the channel, oldest first. */
  get messages(): readonly Message[] {
    return this.server.getMessages(this.uuid);
  }

  /** Returns the cached message if it is in this channel, or undefined. */
  getMessage(reference: Reference<Message>): Message | undefined {
    const message = this.server.getMessage(reference);
    return message?.channel === this ? message : undefined;
  }

  /**
   * Sends a text message.
   *
   * On a server with the extension `nonce`, the message is sent again after a lost connection and stored
   * exactly once. On other servers the promise rejects with `CONNECTION_LOST`; the message may or may not
   * have been stored.
   *
   * @returns The message as stored by the server.
   * @throws AsterError `ARGUMENT_INVALID` if the text is longer than the server announced, CommandError with
   *   status 400 (empty or too long), 403 (no permission) or 404 (the channel or the message replied to does
   *   not exist).
   */
  send(content: string, options: SendOptions = {}): Promise<Message> {
    return this.server.sendMessage(this, content, options);
  }

  /**
   * Fetches messages, oldest first. The result is shorter than `count` at the beginning of the channel, or if
   * the server has a lower limit.
   *
   * @throws CommandError with status 403 (no permission to read) or 404 (no such channel).
   */
  fetchHistory(options: HistoryOptions = {}): Promise<Message[]> {
    return this.server.fetchHistory(this, options);
  }

  /**
   * Iterates over the messages from newest to oldest. The next page is requested while the loop processes the
   * current one.
   *
   * @throws CommandError as {@link Channel.fetchHistory} does; the signal's reason when it aborts.
   */
  history(options: HistoryWalkOptions = {}): AsyncGenerator<Message, void, undefined> {
    return walkHistory((page) => this.fetchHistory(page), options);
  }

  /**
   * Searches the messages of this channel; newest results first.
   *
   * @throws ExtensionError without the extension `search`.
   */
  search(query: string, options: Omit<SearchOptions, "channel"> = {}): Promise<SearchResult[]> {
    checkType("options of search", options, "object");
    return this.server.search(query, { ...options, channel: this });
  }

  /** Fetches the number of messages after the account's read marker; 0 if there is no marker. */
  async fetchUnreadCount(options: RequestOptions = {}): Promise<number> {
    return (await this.server.command("get_num_unread", { channel: this.uuid }, options)).num;
  }

  /**
   * Edits the channel; needs the permission `modify_channels`.
   *
   * @throws ExtensionError for overrides or slow mode if the server lacks the extension.
   */
  async edit(changes: ChannelChanges, options: RequestOptions = {}): Promise<void> {
    const fields = { uuid: this.uuid, ...channelFields(this.server, changes) };
    await this.server.command("update_channel", fields, options);
  }

  /** Deletes the channel; needs the permission `modify_channels`. */
  async delete(options: RequestOptions = {}): Promise<void> {
    await this.server.command("delete_channel", { channel: this.uuid }, options);
  }

  /**
   * Sends a typing indicator to the other members of the channel. Servers forward at most one in 3 seconds.
   *
   * @throws ExtensionError without the extension `typing`.
   */
  async sendTyping(options: RequestOptions = {}): Promise<void> {
    this.server.requireExtension("typing");
    await this.server.command("typing", { channel: this.uuid }, options);
  }

  /**
   * Runs a task with a typing indicator that lasts until it ends. Without the extension `typing` only the task runs.
   * A refusal, for example without the permission to send, is reported by the event `error`.
   *
   * @typeParam Result - Type of the task's result, inferred.
   * @returns The result of the task.
   */
  async withTyping<Result>(task: () => Result | Promise<Result>): Promise<Result> {
    checkType("task", task, "function");
    const stop = this.server.keepTyping(this);
    try {
      return await task();
    } finally {
      stop();
    }
  }

  /**
   * Returns the permissions of an account in this channel, from the base permissions, groups and overrides
   * that the client knows. Needs the extensions `admin` and `groups`; without them, what the base permissions
   * and groups would decide counts as `default`. Of an account that is not cached, only the object itself
   * knows the groups.
   */
  permissionsFor(user: Reference<User>): Permissions {
    const { server } = this;
    const known = server.getUser(user) ?? (typeof user === "object" ? user : undefined);
    const sources = {
      base: server.basePermissions ?? Permissions.none,
      groups: server.groups,
      memberOf: known?.groups ?? [],
    };
    return permissionsInChannel(sources, uuidOf("user", user), this.overrides);
  }

  /**
   * Publishes a value in the channel until this connection ends. The first client to write a key owns it.
   *
   * @param key - 1 to 32 characters.
   * @param value - Any JSON value, up to 16 kB; null removes the key.
   * @throws ExtensionError without the extension `state`.
   */
  async setState(key: string, value: unknown, options: RequestOptions = {}): Promise<void> {
    this.server.requireExtension("state");
    await this.server.command("set_channel_state", { channel: this.uuid, key, value }, options);
  }

  /**
   * Fetches the values currently published in the channel.
   *
   * @throws ExtensionError without the extension `state`.
   */
  async fetchState(options: RequestOptions = {}): Promise<ChannelState[]> {
    this.server.requireExtension("state");
    const { data } = await this.server.command("list_channel_state", { channel: this.uuid }, options);
    return data.map(({ key, value, author_uuid: authorUuid }) => ({ channel: this, key, value, authorUuid }));
  }
}

/** Replaces the data of a channel. Used only by the cache. */
export const updateChannel = (channel: Channel, data: ChannelData): void => updateData(channel, data);

let updateNonce: (message: Message, nonce: string) => void;
let updateContent: (message: Message, content: string) => boolean;
let setDeleted: (message: Message) => void;

/**
 * A message in a channel. While the message is cached (see `messagesPerChannel` in {@link CacheOptions}), the
 * object stays the same and reflects edits and deletion.
 */
export class Message {
  /** Uuid of the message, unique on its server. */
  readonly uuid: number;
  /** Author of the message. */
  readonly author: User;
  /** Channel that the message was sent in. */
  readonly channel: Channel;
  /** Time at which the message was sent, in Unix seconds. */
  readonly date: number;
  /** Uuid of the message that this one replies to; that message may have been deleted. */
  readonly replyUuid: number | undefined;
  #content: string;
  #nonce: string | undefined;
  #edited: boolean;
  #isDeleted = false;

  /** @internal */
  constructor(data: MessageData, author: User, channel: Channel) {
    this.uuid = data.uuid;
    this.#content = data.content;
    this.#nonce = data.nonce;
    this.author = author;
    this.channel = channel;
    this.date = data.date;
    this.#edited = data.edited;
    this.replyUuid = data.reply ?? undefined;
  }

  static {
    updateNonce = (message, nonce) => {
      message.#nonce = nonce;
    };
    updateContent = (message, content) => {
      if (message.#edited && message.#content === content) return false;
      message.#content = content;
      message.#edited = true;
      return true;
    };
    setDeleted = (message) => {
      message.#isDeleted = true;
    };
  }

  /** Text of the message. */
  get content(): string {
    return this.#content;
  }

  /**
   * Nonce that the message was sent with; see {@link SendOptions}. Servers with the extension `nonce` send it
   * only to the author and only when the message is new; undefined for all other messages.
   */
  get nonce(): string | undefined {
    return this.#nonce;
  }

  /** Whether the text was edited after it was sent. */
  get edited(): boolean {
    return this.#edited;
  }

  /** Whether the message is known to have been deleted. */
  get isDeleted(): boolean {
    return this.#isDeleted;
  }

  /** Known accounts that the text mentions as `@name`; see {@link parseMentions}. */
  get mentions(): readonly User[] {
    return parseMentions(this.content, this.server.peers.values());
  }

  /** Server of the message. */
  get server(): Server {
    return this.channel.server;
  }

  /** Time at which the message was sent, with a resolution of one second. */
  get createdAt(): Date {
    return new Date(this.date * 1000);
  }

  /**
   * Replaces the text of a message that the client's account sent. This object has the new text when the
   * promise resolves.
   *
   * @throws AsterError `ARGUMENT_INVALID` if the text is longer than the server announced, CommandError with
   *   status 403 (not the author), 404 (no such message) or 400 (too long).
   */
  async edit(content: string, options: RequestOptions = {}): Promise<void> {
    checkText("content", content, this.server.limits["content"]);
    await this.server.command("edit", { message: this.uuid, new_content: content }, options);
    updateContent(this, content);
  }

  /**
   * Deletes the message. Other authors' messages need the permission `manage_messages`.
   *
   * @throws CommandError with status 403 (no permission) or 404 (the message or its channel does not exist).
   */
  async delete(options: RequestOptions = {}): Promise<void> {
    await this.server.command("delete", { message: this.uuid }, options);
    setDeleted(this);
  }

  /**
   * Sends a reply to this message in the same channel.
   *
   * @returns The reply as stored by the server.
   * @throws CommandError as {@link Channel.send} does.
   */
  reply(content: string, options: RequestOptions = {}): Promise<Message> {
    checkType("options of reply", options, "object");
    return this.channel.send(content, { ...options, replyTo: this.uuid });
  }

  /** Moves the account's read marker of the channel to this message. */
  async markAsRead(options: RequestOptions = {}): Promise<void> {
    await this.server.command("mark_as_read", { message: this.uuid }, options);
  }

  /** Returns the message as it is sent on the wire, for `JSON.stringify`. */
  toJSON(): WireMessage {
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

/** Sets the nonce of a message that was cached without it. Used only by the cache. */
export const setNonce = (message: Message, nonce: string): void => updateNonce(message, nonce);
/** Applies an edit and returns whether it changed the message. Used only by the cache and its feeders. */
export const applyEdit = (message: Message, content: string): boolean => updateContent(message, content);
/** Marks a message as deleted. Used only by the cache. */
export const markDeleted = (message: Message): void => setDeleted(message);
