import {
  type CommandName,
  type ExtensionName,
  type Packet,
  type Permissions,
  type ReplyFields,
  type RequestInput,
  Status,
} from "@asterite/aster-protocol";
import { Account } from "./account.ts";
import { Administration } from "./administration.ts";
import { encodeBase64 } from "./base64.ts";
import { Connection } from "./connection.ts";
import type { EventsOptions, ListenOptions } from "./emitter.ts";
import { CommandError } from "./errors.ts";
import type { ServerEvents } from "./events.ts";
import { type Channel, type ChannelChanges, channelFields } from "./models/channel.ts";
import { Emoji } from "./models/emoji.ts";
import type { Group } from "./models/group.ts";
import type { LastRead } from "./models/last-read.ts";
import type { Message } from "./models/message.ts";
import { SyncData, type SyncServer } from "./models/sync.ts";
import type { User } from "./models/user.ts";
import { checkServerOptions, type ServerOptions, settingsFrom } from "./options.ts";
import type { OutgoingPacket, RequestOptions } from "./session/request-matcher.ts";
import type { SessionStatus } from "./session/session.ts";
import type { HistoryOptions } from "./sync/history.ts";
import type { SearchOptions, SearchResult } from "./sync/search.ts";
import type { SendOptions } from "./sync/sending.ts";

/** Options of {@link Server.connect}. */
export interface ConnectOptions {
  /** Packets to send once, after the first login. */
  readonly initCommands?: readonly OutgoingPacket[];
  /** Gives up: the connection is closed for good. */
  readonly signal?: AbortSignal;
}

/** One connection to one server, and what is known of it. */
export class Server {
  /** Host name or address. */
  readonly host: string;
  /** TCP port. */
  readonly port: number;
  /** The own account on this server. */
  readonly account: Account;
  /** What needs a permission on the server. */
  readonly admin: Administration;
  readonly #connection: Connection;

  /** Describes a server; {@link Server.connect} connects it. Throws an AsterError for a bad argument. */
  constructor(host: string, port: number, options: ServerOptions = {}) {
    checkServerOptions(host, port, options);
    this.host = host;
    this.port = port;
    const settings = settingsFrom(options);
    const connection = new Connection(this, settings);
    this.#connection = connection;
    const { command } = connection;
    const features = () => connection.login.features;
    const selfUuid = () => this.selfUuid;
    this.account = new Account({ command, features, password: settings.password, selfUuid });
    this.admin = new Administration({ command, features });
  }

  /** The server's name; empty until it is known. */
  get name(): string {
    return this.#connection.cache.name;
  }

  /** The server's picture as PNG bytes; empty until it is known. */
  get icon(): Uint8Array {
    return this.#connection.cache.icon;
  }

  /** The own account; undefined until logged in. */
  get selfUuid(): number | undefined {
    return this.#connection.login.selfUuid;
  }

  /** The own account as a user; undefined until it is known. */
  get self(): User | undefined {
    return this.selfUuid === undefined ? undefined : this.getUser(this.selfUuid);
  }

  /** What logs in without the password: given by the server where `wantToken` asked for it, or by the program. */
  get token(): string | undefined {
    return this.#connection.login.token;
  }

  /** Channels that this account may see, in the server's order. */
  get channels(): readonly Channel[] {
    return [...this.#connection.cache.channels.values()];
  }

  /** Every known account by its uuid. */
  get peers(): ReadonlyMap<number, User> {
    return this.#connection.cache.users.known;
  }

  /** Accounts with at least one open session. */
  get online(): readonly number[] {
    return this.#connection.cache.online;
  }

  /** The groups, if they are known: from the start with the extension `groups`, else after {@link listGroups}. */
  get groups(): readonly Group[] {
    return [...this.#connection.cache.groups.values()];
  }

  /** Extensions that are in force on the connection. */
  get extensions(): ReadonlySet<string> {
    return this.#connection.login.features.extensions;
  }

  /** Sizes that the server applies, by name (`content`, `history`, `pfp`, …); empty if it does not tell. */
  get limits(): Readonly<Record<string, number>> {
    return this.#connection.login.features.limits;
  }

  /** Where the connection is on its way. */
  get status(): SessionStatus {
    return this.#connection.session.status;
  }

  /** Resolves when the connection is over for good and nothing is left; rejects with the error that ended it. */
  get closed(): Promise<void> {
    return this.#connection.session.closed;
  }

  /**
   * Connects, logs in and loads what is to be known; resolves when ready.
   *
   * @throws CommandError if the login is refused, CertificateError if the server is not trusted, AsterError
   * if it cannot be reached or speaks another version, the signal's reason if it aborts.
   */
  async connect({ initCommands, signal }: ConnectOptions = {}): Promise<void> {
    signal?.throwIfAborted();
    this.#connection.initCommands = initCommands ?? [];
    const abort = (): void => this.#connection.session.close();
    signal?.addEventListener("abort", abort, { once: true });
    try {
      await this.#connection.session.connect();
    } catch (error) {
      throw signal?.aborted ? signal.reason : error;
    } finally {
      signal?.removeEventListener("abort", abort);
    }
  }

  /** Says goodbye and closes the connection; resolves when it is closed. */
  async disconnect(): Promise<void> {
    this.#connection.session.close();
    await this.#connection.session.closed.catch(() => {});
  }

  /** The same as {@link Server.disconnect}. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.disconnect();
  }

  /** Calls a function for each event of a kind. */
  on<Name extends keyof ServerEvents>(
    name: Name,
    listener: (...args: ServerEvents[Name]) => unknown,
    options?: ListenOptions,
  ): this {
    this.#connection.emitter.on(name, listener, options);
    return this;
  }

  /** Takes a listener away. */
  off<Name extends keyof ServerEvents>(name: Name, listener: (...args: ServerEvents[Name]) => unknown): this {
    this.#connection.emitter.off(name, listener);
    return this;
  }

  /** Waits for the next event of a kind. */
  once<Name extends keyof ServerEvents>(name: Name, options?: ListenOptions): Promise<ServerEvents[Name]> {
    return this.#connection.emitter.once(name, options);
  }

  /** Iterates over the events of a kind from now on, until the signal aborts or the connection is closed. */
  events<Name extends keyof ServerEvents>(
    name: Name,
    options?: EventsOptions,
  ): AsyncIterableIterator<ServerEvents[Name], undefined> {
    return this.#connection.emitter.events(name, options);
  }

  /** The account, if it is known. */
  getUser(uuid: number): User | undefined {
    return this.#connection.cache.users.known.get(uuid);
  }

  /** The channel, if it is known. */
  getChannel(uuid: number): Channel | undefined {
    return this.#connection.cache.channels.get(uuid);
  }

  /** The first channel of a name, with or without `#`, if there is one. */
  getChannelByName(name: string): Channel | undefined {
    const plain = name.replace(/^#+|#+$/g, "");
    return this.channels.find((channel) => channel.name === plain);
  }

  /** The message, if it is kept. */
  getMessage(uuid: number): Message | undefined {
    return this.#connection.cache.messages.get(uuid);
  }

  /** The kept messages of a channel, oldest first; see {@link Channel.messages}. */
  getMessages(channelUuid: number): readonly Message[] {
    return this.#connection.cache.messages.list(channelUuid);
  }

  /** The group, if it is known. */
  getGroup(uuid: number): Group | undefined {
    return this.#connection.cache.groups.get(uuid);
  }

  /** Asks for an account; undefined if it does not exist. */
  async fetchUser(uuid: number, options: RequestOptions = {}): Promise<User | undefined> {
    const found = await this.#undefinedIfNotFound(this.command("get_user", { uuid }, options));
    return found && this.#connection.cache.upsertUser(found.data);
  }

  /**
   * Asks for a message; undefined if it does not exist or may not be read.
   *
   * @throws ExtensionError without the extension `message`.
   */
  async fetchMessage(uuid: number, options: RequestOptions = {}): Promise<Message | undefined> {
    this.requireExtension("message");
    const found = await this.#undefinedIfNotFound(this.command("get_message", { message: uuid }, options));
    return found && this.#connection.cache.upsertMessage(found.data, "history");
  }

  /**
   * Asks for a custom emoji with its picture.
   *
   * @throws CommandError with status 404 if it does not exist.
   */
  async fetchEmoji(uuid: number, options: RequestOptions = {}): Promise<Emoji> {
    const { data } = await this.command("get_emoji", { uuid }, options);
    return new Emoji(data.uuid, data.name, data.data, this);
  }

  /** Asks for the custom emoji; their pictures are asked for one by one with {@link Emoji.fetchData}. */
  async listEmojis(options: RequestOptions = {}): Promise<readonly Emoji[]> {
    await this.command("list_emoji", {}, options);
    return this.#connection.cache.emoji;
  }

  /**
   * Asks for the groups.
   *
   * @throws CommandError with status 500 by servers in which groups do not work.
   */
  async listGroups(options: RequestOptions = {}): Promise<readonly Group[]> {
    await this.command("list_groups", {}, options);
    return this.groups;
  }

  /** Asks for what the account keeps here for all its clients; undefined if it never stored anything. */
  async fetchSync(options: RequestOptions = {}): Promise<SyncData | undefined> {
    const [data, servers] = await Promise.all([
      this.getResponse({ command: "sync_get" }, options),
      this.getResponse({ command: "sync_get_servers" }, options),
    ]);
    return SyncData.fromJson(data, servers);
  }

  /** Stores the name and picture (a PNG file) that the account's clients show. */
  async setSync(
    { uname, pfp }: Pick<SyncData, "uname" | "pfp">,
    options: RequestOptions = {},
  ): Promise<void> {
    await this.command("sync_set", { uname, pfp: encodeBase64(pfp) }, options);
  }

  /** Replaces the list of servers that the account's clients connect to. */
  async setSyncServers(servers: readonly SyncServer[], options: RequestOptions = {}): Promise<void> {
    const list = servers.map((server, idx) => ({ ...server.toJSON(), idx }));
    await this.command("sync_set_servers", { servers: list }, options);
  }

  /** Asks how far the account has read the channels in which it marked something as read. */
  async fetchLastReads(options: RequestOptions = {}): Promise<LastRead[]> {
    const { last_reads } = await this.command("get_last_reads", {}, options);
    return Object.entries(last_reads).map(([channel, [date, unread, message]]) => ({
      channelUuid: Number(channel),
      date,
      unread,
      messageUuid: message ?? undefined,
    }));
  }

  /**
   * Looks for words in the messages that the account may read, newest first.
   *
   * @throws ExtensionError without the extension `search`.
   */
  async search(query: string, options: SearchOptions = {}): Promise<SearchResult[]> {
    this.requireExtension("search");
    const { channel, author, before, limit = 50 } = options;
    const fields = {
      query,
      limit,
      ...(channel && { channel: channel.uuid }),
      ...(author && { author: author.uuid }),
      ...(before && { before: before.uuid }),
    };
    const { data } = await this.command("search", fields, options);
    return data.map((found) => ({
      message: this.#connection.cache.upsertMessage(found, "history"),
      snippet: found.snippet,
    }));
  }

  /**
   * Makes a channel and resolves with its uuid; needs `modify_channels`.
   *
   * @throws ExtensionError for overrides or slow mode where the server does not have them.
   */
  async createChannel(
    name: string,
    changes: Omit<ChannelChanges, "name"> = {},
    options: RequestOptions = {},
  ): Promise<number> {
    const fields = { permissions: {}, ...channelFields(this, { ...changes, name }), name };
    return (await this.command("create_channel", fields, options)).uuid;
  }

  /** Makes a group; needs `modify_groups` and a higher rank. Its uuid is undefined where servers do not tell it. */
  async createGroup(
    name: string,
    group: { readonly permissions: Permissions; readonly colour: number; readonly position: number },
    options: RequestOptions = {},
  ): Promise<number | undefined> {
    const { permissions, colour, position } = group;
    const fields = { name, permissions: permissions.toBytes(), colour, position };
    return (await this.command("create_group", fields, options)).uuid;
  }

  /** @throws ExtensionError if the server lacks the extension. */
  requireExtension(extension: ExtensionName): void {
    this.#connection.login.features.require(extension);
  }

  /** Sends a packet and does not wait for what the server answers. Throws an AsterError if not connected. */
  send(packet: OutgoingPacket): void {
    this.#connection.checkLoggedIn(packet.command);
    this.#connection.session.send(packet);
  }

  /** Sends a packet and resolves with the packet that answers it, whatever its status. */
  async getResponse(packet: OutgoingPacket, options: RequestOptions = {}): Promise<Packet> {
    this.#connection.checkLoggedIn(packet.command);
    return await this.#connection.session.request(packet, options);
  }

  /**
   * Carries out a command of the protocol and resolves with the fields of its reply.
   *
   * @throws CommandError for a status other than 200, AsterError if no good reply comes.
   */
  command<Name extends CommandName>(
    name: Name,
    fields: RequestInput<Name>,
    options: RequestOptions = {},
  ): Promise<ReplyFields<Name>> {
    return this.#connection.command(name, fields, options);
  }

  /** Sends a text into a channel; see {@link Channel.send}. */
  sendMessage(channel: Channel, content: string, options: SendOptions = {}): Promise<Message> {
    return this.#connection.sendMessage(channel, content, options);
  }

  /** Asks for messages of a channel; see {@link Channel.fetchHistory}. */
  fetchHistory(channel: Channel, options: HistoryOptions = {}): Promise<Message[]> {
    return this.#connection.fetchHistory(channel, options);
  }

  async #undefinedIfNotFound<Reply>(reply: Promise<Reply>): Promise<Reply | undefined> {
    try {
      return await reply;
    } catch (error) {
      if (error instanceof CommandError && error.status === Status.NotFound) return undefined;
      throw error;
    }
  }
}
