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
import { decodeBase64 } from "./base64.ts";
import type { Clock } from "./clock.ts";
import { Connection } from "./connection.ts";
import { Emitter, type EventsOptions, type ListenOptions, type WaitOptions } from "./emitter.ts";
import { encodePermissions } from "./encode-permissions.ts";
import { argumentError, CommandError, checkArray, checkOptions, checkType } from "./errors.ts";
import type { EventStream } from "./event-iterator.ts";
import { eventNames, type ServerEventMap } from "./events.ts";
import { encodePicture } from "./limits.ts";
import type {
  Channel,
  ChannelServer,
  HistoryOptions,
  Message,
  SearchOptions,
  SearchResult,
} from "./models/channel.ts";
import { type ChannelChanges, channelFields } from "./models/channel-changes.ts";
import { Emoji } from "./models/emoji.ts";
import { type Group, groupFields } from "./models/group.ts";
import type { LastRead } from "./models/last-read.ts";
import { SyncData, SyncServer } from "./models/sync.ts";
import type { User } from "./models/user.ts";
import { checkServerOptions } from "./option-checks.ts";
import { type ServerOptions, settingsFrom } from "./options.ts";
import { optionalUuidOf, type Reference, uuidOf } from "./references.ts";
import { type OutgoingPacket, type RequestOptions, requestOptions } from "./session/request-matcher.ts";
import type { SessionStatus } from "./session/session.ts";
import type { SendOptions } from "./sync/sending.ts";

/**
 * Events of a {@link Server}, and of a {@link Client} for all of its servers: the arguments by event name.
 *
 * @interface
 */
export type ServerEvents = ServerEventMap<Server>;

/** Options of {@link Server.connect}. */
export interface ConnectOptions {
  /** Packets sent once, after the first login. */
  readonly initCommands?: readonly OutgoingPacket[];
  /** Closes the connection for good and rejects `connect`. */
  readonly signal?: AbortSignal;
}

const searchOptions = {
  ...requestOptions,
  channel: 0,
  author: 0,
  before: 0,
  since: "number",
  until: "number",
  limit: "number",
};

/** A connection to one server, and the cached data of that server. */
export class Server implements ChannelServer {
  /** Host name or address. */
  readonly host: string;
  /** TCP port. */
  readonly port: number;
  /** Operations on the client's account. */
  readonly account: Account;
  /** Operations that need a server permission. */
  readonly admin: Administration;
  readonly #clock: Clock;
  readonly #emitter: Emitter<ServerEvents>;
  readonly #connection: Connection;

  /**
   * Creates a server; {@link Server.connect} connects to it.
   *
   * @throws AsterError `ARGUMENT_INVALID` for an invalid argument or option, with its name in the message.
   */
  constructor(host: string, port: number, options: ServerOptions = {}) {
    checkServerOptions(host, port, options);
    this.host = host;
    this.port = port;
    const settings = settingsFrom(options);
    this.#clock = settings.clock;
    this.#emitter = new Emitter(eventNames, (error, name) => this.#connection.reportError(error, name));
    this.#connection = new Connection(this, this.#emitter, settings);
    const { command, login } = this.#connection;
    this.account = new Account(command, login);
    this.admin = new Administration(command, login);
  }

  /** Name of the server; empty until it is loaded. */
  get name(): string {
    return this.#connection.cache.name;
  }

  /** Icon of the server as PNG bytes; empty until it is loaded, or if there is none. */
  get icon(): Uint8Array {
    return this.#connection.cache.icon;
  }

  /** Uuid of the client's account; undefined until logged in. */
  get selfUuid(): number | undefined {
    return this.#connection.login.selfUuid;
  }

  /** The client's account; undefined until it is loaded. */
  get self(): User | undefined {
    return this.selfUuid === undefined ? undefined : this.getUser(this.selfUuid);
  }

  /**
   * Token for logging in without the password: issued by the server after `wantToken`, or given as an option.
   */
  get token(): string | undefined {
    return this.#connection.login.token;
  }

  /** Channels that this account can see, in the server's order. */
  get channels(): readonly Channel[] {
    return [...this.#connection.cache.channels.values()];
  }

  /** Cached accounts by uuid. */
  get peers(): ReadonlyMap<number, User> {
    return this.#connection.cache.users.known;
  }

  /** Uuids of the accounts with at least one open session. */
  get online(): readonly number[] {
    return this.#connection.cache.online;
  }

  /** Groups; loaded on connect with the extension `groups`, otherwise empty until {@link listGroups}. */
  get groups(): readonly Group[] {
    return [...this.#connection.cache.groups.values()];
  }

  /** Extensions negotiated on the current connection. */
  get extensions(): ReadonlySet<string> {
    return this.#connection.login.features.extensions;
  }

  /**
   * Random id of the server, the same under every address and after a restore; undefined until known, and on
   * servers without it.
   */
  get serverId(): string | undefined {
    return this.#connection.login.features.serverId;
  }

  /**
   * Limits that the server announced, by name (`content`, `history`, `pfp`, …); empty if it announced none.
   */
  get limits(): Readonly<Record<string, number>> {
    return this.#connection.login.features.limits;
  }

  /**
   * Base permissions, which apply to every account before those of its groups; undefined until loaded, and
   * without the extension `admin`.
   */
  get basePermissions(): Permissions | undefined {
    return this.#connection.cache.basePermissions;
  }

  /** Current state of the connection. */
  get status(): SessionStatus {
    return this.#connection.session.status;
  }

  /**
   * Resolves when the current connection is closed, without another attempt, and its socket is gone; rejects if
   * an error closed it.
   */
  get closed(): Promise<void> {
    return this.#connection.session.closed;
  }

  /**
   * Connects, logs in and loads the server's data; resolves when the server is ready. Connects again after a
   * failed attempt and after {@link Server.disconnect}; while connected it resolves at once.
   *
   * @throws CommandError if the login is refused, CertificateError if the certificate is not trusted,
   *   AsterError if the server is unreachable or has an unsupported protocol version, the signal's reason
   *   when it aborts.
   */
  async connect(options: ConnectOptions = {}): Promise<void> {
    checkOptions("options of connect", options, { initCommands: 0, signal: 0 });
    const { initCommands, signal } = options;
    signal?.throwIfAborted();
    const abort = (): void => this.#connection.session.close();
    signal?.addEventListener("abort", abort, { once: true });
    try {
      await this.#connection.connect(initCommands);
    } catch (error) {
      throw signal?.aborted ? signal.reason : error;
    } finally {
      signal?.removeEventListener("abort", abort);
    }
  }

  /** Logs out and closes the connection; resolves when it is closed. */
  async disconnect(): Promise<void> {
    this.#connection.session.close();
    await this.#connection.session.closed.catch(() => {});
  }

  /** Calls {@link Server.disconnect}. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.disconnect();
  }

  /**
   * Adds a listener for an event. Adding the same listener again has no effect but to replace its options.
   */
  on<Name extends keyof ServerEvents>(
    name: Name,
    listener: (...args: ServerEvents[Name]) => unknown,
    options?: ListenOptions,
  ): this {
    this.#emitter.on(name, listener, options);
    return this;
  }

  /** Removes a listener. */
  off<Name extends keyof ServerEvents>(name: Name, listener: (...args: ServerEvents[Name]) => unknown): this {
    this.#emitter.off(name, listener);
    return this;
  }

  /**
   * Resolves with the arguments of the next event; rejects with the signal's reason, and with an AsterError `CLOSED` when
   * the connection is closed. Has no time limit, because some events are rare: {@link Server.waitFor} has one.
   */
  once<Name extends keyof ServerEvents>(name: Name, options?: ListenOptions): Promise<ServerEvents[Name]> {
    return this.#emitter.once(name, options);
  }

  /**
   * Resolves with the arguments of the next event that `filter` accepts.
   *
   * @throws AsterError `TIMED_OUT` when the time is over, by default after a minute, or `CLOSED` when the
   *   connection is closed; the signal's reason; what the filter throws.
   */
  waitFor<Name extends keyof ServerEvents>(
    name: Name,
    options: WaitOptions<ServerEvents[Name]> = {},
  ): Promise<ServerEvents[Name]> {
    return this.#emitter.waitFor(name, options, this.#clock);
  }

  /**
   * Returns an iterator over future events. It ends when the signal aborts or the connection closes for good.
   */
  events<Name extends keyof ServerEvents>(
    name: Name,
    options?: EventsOptions,
  ): EventStream<ServerEvents[Name]> {
    return this.#emitter.events(name, options);
  }

  /** Returns the cached account, or undefined. */
  getUser(user: Reference<User>): User | undefined {
    return this.#connection.cache.users.known.get(uuidOf("user", user));
  }

  /** Returns the channel, or undefined if there is none or it is not visible. */
  getChannel(channel: Reference<Channel>): Channel | undefined {
    return this.#connection.cache.channels.get(uuidOf("channel", channel));
  }

  /** Returns the first channel with a name, given with or without `#`, or undefined. */
  getChannelByName(name: string): Channel | undefined {
    checkType("name", name, "string");
    const plain = name.replace(/^#+|#+$/g, "");
    return this.channels.find((channel) => channel.name === plain);
  }

  /** Returns the cached message, or undefined. */
  getMessage(message: Reference<Message>): Message | undefined {
    return this.#connection.cache.messages.get(uuidOf("message", message));
  }

  /** Returns the cached messages of a channel, oldest first; see {@link Channel.messages}. */
  getMessages(channel: Reference<Channel>): readonly Message[] {
    return this.#connection.cache.messages.list(uuidOf("channel", channel));
  }

  /** Returns the cached group, or undefined. */
  getGroup(group: Reference<Group>): Group | undefined {
    return this.#connection.cache.groups.get(uuidOf("group", group));
  }

  /**
   * Fetches an account; undefined if it does not exist or the server refuses the command for another reason.
   *
   * @throws AsterError if there is no valid reply.
   */
  async fetchUser(user: Reference<User>, options: RequestOptions = {}): Promise<User | undefined> {
    const uuid = uuidOf("user", user);
    const found = await undefinedIfRefused(this.command("get_user", { uuid }, options));
    return found && this.#connection.cache.upsertUser(found.data);
  }

  /**
   * Returns the profile picture of an account as PNG bytes, which {@link User.pfp} then has too; empty if there is none
   * or the account does not exist. Sends a request only with the extension `pictures`, and only one for all
   * accounts with the same picture.
   */
  async fetchPicture(user: Reference<User>, options: RequestOptions = {}): Promise<Uint8Array> {
    checkOptions("options of fetchPicture", options, requestOptions);
    const known = this.getUser(user) ?? (await this.fetchUser(user, options));
    return known ? await this.#connection.accounts.fetchPicture(known, options) : new Uint8Array();
  }

  /**
   * Fetches a message; undefined if it does not exist or cannot be read by this account.
   *
   * @throws ExtensionError without the extension `message`.
   */
  async fetchMessage(
    reference: Reference<Message>,
    options: RequestOptions = {},
  ): Promise<Message | undefined> {
    this.requireExtension("message");
    const message = uuidOf("message", reference);
    const reply = this.command("get_message", { message }, options);
    const found = await undefinedIfRefused(reply, Status.NotFound);
    return found && this.#connection.cache.upsertMessage(found.data, "history");
  }

  /**
   * Fetches a custom emoji with its image.
   *
   * @throws CommandError with status 404 if it does not exist.
   */
  async fetchEmoji(emoji: Reference<Emoji>, options: RequestOptions = {}): Promise<Emoji> {
    const { data } = await this.command("get_emoji", { uuid: uuidOf("emoji", emoji) }, options);
    return new Emoji(data.name, data.uuid, decodeBase64(data.data), this);
  }

  /** Fetches the custom emoji without their images; {@link Emoji.fetchData} fetches an image. */
  async listEmojis(options: RequestOptions = {}): Promise<readonly Emoji[]> {
    await this.command("list_emoji", {}, options);
    return this.#connection.cache.emoji;
  }

  /**
   * Fetches the groups.
   *
   * @throws CommandError with status 500 on servers whose groups do not work.
   */
  async listGroups(options: RequestOptions = {}): Promise<readonly Group[]> {
    await this.command("list_groups", {}, options);
    return this.groups;
  }

  /**
   * Fetches the sync data of the account; undefined if none were ever stored. A server list without a name
   * and picture is returned with an empty name and picture.
   */
  async fetchSync(options: RequestOptions = {}): Promise<SyncData | undefined> {
    const [data, servers] = await Promise.all([
      this.getResponse({ command: "sync_get" }, options),
      this.getResponse({ command: "sync_get_servers" }, options),
    ]);
    const sync = SyncData.fromJson(data, servers);
    if (sync) return sync;
    if (servers.status === Status.NotFound) return undefined;
    const list = SyncData.fromServersJson(servers);
    return list.servers.length > 0 ? list : undefined;
  }

  /** Stores the display name and profile picture (a PNG file) that the account's clients share. */
  async setSync(data: Pick<SyncData, "uname" | "pfp">, options: RequestOptions = {}): Promise<void> {
    checkOptions("data", data, { uname: "string", pfp: 0, servers: 0 });
    await this.command("sync_set", { uname: data.uname, pfp: encodePicture("pfp", data.pfp) }, options);
  }

  /** Replaces the server list that the account's clients share. */
  async setSyncServers(servers: readonly SyncServer[], options: RequestOptions = {}): Promise<void> {
    checkArray("servers", servers);
    const list = servers.map((server, idx) => {
      if (!(server instanceof SyncServer)) throw argumentError(`servers.${idx}`, server, "a SyncServer");
      return { ...server.toJSON(), idx };
    });
    await this.command("sync_set_servers", { servers: list }, options);
  }

  /** Fetches the account's read markers. Channels without a marker are not included. */
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
   * Searches the messages that the account can read; newest results first.
   *
   * @param query - Words that all have to occur, the last one as a prefix. Empty: any text, if `channel`, `author`, `since`
   * or `until` is given; servers of earlier versions refuse that.
   *
   * @throws ExtensionError without the extension `search`.
   */
  async search(query: string, options: SearchOptions = {}): Promise<SearchResult[]> {
    checkOptions("options of search", options, searchOptions);
    this.requireExtension("search");
    const { channel, author, before, since, until, limit = 50, ...request } = options;
    const fields = {
      query,
      limit,
      since,
      until,
      channel: optionalUuidOf("channel", channel),
      author: optionalUuidOf("author", author),
      before: optionalUuidOf("before", before),
    };
    const { data } = await this.command("search", fields, request);
    return data.map((found) => ({
      message: this.#connection.cache.upsertMessage(found, "history"),
      snippet: found.snippet,
    }));
  }

  /**
   * Creates a channel; needs the permission `modify_channels`.
   *
   * @returns The channel; without position and overrides if this account cannot see it.
   *
   * @throws ExtensionError for overrides or slow mode if the server lacks the extension.
   */
  async createChannel(
    name: string,
    changes: Omit<ChannelChanges, "name"> = {},
    options: RequestOptions = {},
  ): Promise<Channel> {
    checkType("changes", changes, "object");
    const { permissions = {}, ...others } = channelFields(this, { ...changes, name });
    const fields = { ...others, permissions, name };
    const { uuid } = await this.command("create_channel", fields, options);
    return await this.#connection.createdChannel(uuid, name, options);
  }

  /**
   * Creates a group; needs the permission `modify_groups` and a higher rank.
   *
   * @returns The group; undefined on servers that do not return its uuid.
   */
  async createGroup(
    name: string,
    group: { readonly permissions: Permissions; readonly colour: number; readonly position: number },
    options: RequestOptions = {},
  ): Promise<Group | undefined> {
    checkOptions("group", group, groupFields);
    const { permissions, colour, position } = group;
    const fields = { name, permissions: encodePermissions("permissions", permissions), colour, position };
    const { uuid } = await this.command("create_group", fields, options);
    if (uuid === undefined) return undefined;
    if (!this.getGroup(uuid)) await this.listGroups(options);
    return this.getGroup(uuid);
  }

  /** @throws ExtensionError if the server lacks the extension. */
  requireExtension(extension: ExtensionName): void {
    this.#connection.login.features.require(extension);
  }

  /**
   * Sends a packet without waiting for a reply.
   *
   * @throws AsterError `CONNECTION_LOST` or `CLOSED` if the server is not connected.
   */
  send(packet: OutgoingPacket): void {
    this.#connection.requireLogin(packet);
    this.#connection.session.send(packet);
  }

  /**
   * Checks the connection at once, e.g. after the device has slept: pings a server that has been silent for 2 s
   * and drops the connection without a reply within 3 s; reconnects at once while waiting to reconnect after
   * a loss.
   */
  checkConnection(): void {
    this.#connection.session.probe();
  }

  /** Sends a packet and returns its reply, with any status. */
  async getResponse(packet: OutgoingPacket, options: RequestOptions = {}): Promise<Packet> {
    checkOptions("options of getResponse", options, requestOptions);
    const { session } = this.#connection;
    return await this.#connection.whenUsable(packet, options, () => session.request(packet, options));
  }

  /**
   * Runs a command of the protocol and returns the fields of its reply.
   *
   * @throws CommandError for a status other than 200, AsterError if there is no valid reply.
   */
  command<Name extends CommandName>(
    name: Name,
    fields: RequestInput<Name>,
    options: RequestOptions = {},
  ): Promise<ReplyFields<Name>> {
    return this.#connection.command(name, fields, options);
  }

  /** Sends a text message to a channel; see {@link Channel.send}. */
  sendMessage(channel: Reference<Channel>, content: string, options: SendOptions = {}): Promise<Message> {
    return this.#connection.sendMessage(channel, content, options);
  }

  /** Fetches messages of a channel; see {@link Channel.fetchHistory}. */
  fetchHistory(channel: Reference<Channel>, options: HistoryOptions = {}): Promise<Message[]> {
    return this.#connection.fetchHistory(channel, options);
  }

  /** Keeps a typing indicator up until the returned function is called; see {@link Channel.withTyping}. */
  keepTyping(channel: Reference<Channel>): () => void {
    return this.#connection.keepTyping(channel);
  }
}

/** Returns the reply, or undefined if the command is refused, with the given status if there is one. */
async function undefinedIfRefused<Reply>(reply: Promise<Reply>, status?: number): Promise<Reply | undefined> {
  try {
    return await reply;
  } catch (error) {
    if (error instanceof CommandError && (status ?? error.status) === error.status) return undefined;
    throw error;
  }
}
