import {
  type CommandName,
  checkPush,
  checkReply,
  type Message as MessageData,
  type Packet,
  type ReplyFields,
  type RequestInput,
  Status,
} from "@asterite/aster-protocol";
import { platform } from "#platform";
import { defaultReconnect } from "./backoff.ts";
import { Cache } from "./cache.ts";
import { ConnectionMode } from "./connection-mode.ts";
import { Emitter, type ListenOptions } from "./emitter.ts";
import { AsterError, CommandError } from "./errors.ts";
import type { ServerEvents } from "./events.ts";
import type { Channel } from "./models/channel.ts";
import { Message } from "./models/message.ts";
import type { User } from "./models/user.ts";
import {
  checkServerOptions,
  defaultServerOptions,
  type ServerOptions,
  type ServerSettings,
} from "./options.ts";
import type { RequestOptions } from "./requests.ts";
import { Session, type SessionStatus } from "./session.ts";

/** Options of {@link Server.connect}. */
export interface ConnectOptions {
  /** Packets to send once after the login. */
  readonly initCommands?: readonly { readonly command: string; readonly [field: string]: unknown }[];
}

/** Options of {@link Channel.send}. */
export interface SendOptions extends RequestOptions {
  /** The message to answer. */
  readonly replyTo?: number | undefined;
}

/** Options of {@link Channel.fetchHistory}. */
export interface HistoryOptions extends RequestOptions {
  /** How many messages, 0 to 4 294 967 295; servers have lower limits of their own. Default 100. */
  readonly count?: number;
  /** Only messages sent before this one. Default: the newest. */
  readonly before?: Message;
}

/** Own messages whose `send` is not answered yet; far more than anybody has under way. */
const rememberedEchoes = 1000;

/** One connection to one server, and what is known of it. */
export class Server {
  /** Host name or address. */
  readonly host: string;
  /** TCP port. */
  readonly port: number;
  readonly #options: ServerSettings;
  readonly #session: Session;
  readonly #emitter: Emitter<ServerEvents>;
  readonly #cache = new Cache(this);
  readonly #echoes = new Map<number, Message>();
  #selfUuid: number | undefined;
  #initCommands: ConnectOptions["initCommands"];
  /** Set while messages wait for their unknown author; later ones then wait too, to keep the order. */
  #dispatching: Promise<void> | undefined;

  /** Describes a server; {@link Server.connect} connects it. Throws an AsterError for a bad argument. */
  constructor(host: string, port: number, options: ServerOptions = {}) {
    checkServerOptions(host, port, options);
    this.host = host;
    this.port = port;
    this.#options = { ...defaultServerOptions, ...options };
    this.#selfUuid = options.uuid;
    this.#emitter = new Emitter((error) => this.#report(error));
    const { tls, framing, packetBytes, clock, connectTimeoutMs, requestTimeoutMs, reconnect } = this.#options;
    this.#session = new Session({
      target: { host, port, tls, packetBytes, framing: framing ?? platform.framing },
      openTransport: platform.openTransport,
      hooks: {
        authenticate: () => this.#authenticate(),
        load: () => this.#load(),
        packet: (packet) => this.#handle(packet),
        status: (status, error) => this.#status(status, error),
      },
      clock,
      connectTimeoutMs,
      requestTimeoutMs,
      reconnect: reconnect && { ...defaultReconnect, ...reconnect },
    });
  }

  /** The server's name; empty until it is known. */
  get name(): string {
    return this.#cache.name;
  }

  /** The server's picture as PNG bytes; empty until it is known. */
  get icon(): Uint8Array {
    return this.#cache.icon;
  }

  /** The own account; undefined until logged in. */
  get selfUuid(): number | undefined {
    return this.#selfUuid;
  }

  /** Channels that this account may see, in the server's order. */
  get channels(): readonly Channel[] {
    return [...this.#cache.channels.values()];
  }

  /** Every known account by its uuid. */
  get peers(): ReadonlyMap<number, User> {
    return this.#cache.users;
  }

  /** Accounts with at least one open session. */
  get online(): readonly number[] {
    return this.#cache.online;
  }

  /** Where the connection is on its way. */
  get status(): SessionStatus {
    return this.#session.status;
  }

  /** Resolves when the connection is over for good; rejects with the error that ended it. */
  get closed(): Promise<void> {
    return this.#session.closed;
  }

  /**
   * Connects, logs in and loads what is to be known; resolves when ready.
   *
   * @throws CommandError if the login is refused, CertificateError if the server is not trusted, AsterError
   * if it cannot be reached or speaks another version.
   */
  connect(options: ConnectOptions = {}): Promise<void> {
    this.#initCommands = options.initCommands;
    return this.#session.connect();
  }

  /** Says goodbye and closes the connection; resolves when it is closed. */
  async disconnect(): Promise<void> {
    this.#session.close();
    await this.#session.closed.catch(() => {});
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
    this.#emitter.on(name, listener, options);
    return this;
  }

  /** Takes a listener away. */
  off<Name extends keyof ServerEvents>(name: Name, listener: (...args: ServerEvents[Name]) => unknown): this {
    this.#emitter.off(name, listener);
    return this;
  }

  /** Waits for the next event of a kind. */
  once<Name extends keyof ServerEvents>(name: Name, options?: ListenOptions): Promise<ServerEvents[Name]> {
    return this.#emitter.once(name, options);
  }

  /** The account, if it is known. */
  getUser(uuid: number): User | undefined {
    return this.#cache.users.get(uuid);
  }

  /** The channel, if it is known. */
  getChannel(uuid: number): Channel | undefined {
    return this.#cache.channels.get(uuid);
  }

  /** The first channel of a name, with or without `#`, if there is one. */
  getChannelByName(name: string): Channel | undefined {
    const plain = name.replace(/^#+|#+$/g, "");
    return this.channels.find((channel) => channel.name === plain);
  }

  /** Asks for an account; undefined if it does not exist. */
  async fetchUser(uuid: number, options: RequestOptions = {}): Promise<User | undefined> {
    try {
      const { data } = await this.command("get_user", { uuid }, options);
      return this.#cache.keepUser(data);
    } catch (error) {
      if (error instanceof CommandError && error.status === Status.NotFound) return undefined;
      throw error;
    }
  }

  /** Sends a packet and does not wait for what the server answers. */
  send(packet: { readonly command: string; readonly [field: string]: unknown }): void {
    this.#session.post(packet);
  }

  /** Sends a packet and resolves with the packet that answers it, whatever its status. */
  getResponse(
    packet: { readonly command: string; readonly [field: string]: unknown },
    options: RequestOptions = {},
  ): Promise<Packet> {
    return this.#session.request(packet, options);
  }

  /**
   * Carries out a command of the protocol and resolves with the fields of its reply.
   *
   * @throws CommandError for a status other than 200, AsterError if no good reply comes.
   */
  async command<Name extends CommandName>(
    name: Name,
    fields: RequestInput<Name>,
    options: RequestOptions = {},
  ): Promise<ReplyFields<Name>> {
    const packet = await this.#session.request({ ...fields, command: name }, options);
    const server = `${this.host}:${this.port}`;
    if (packet.status !== Status.Ok) throw new CommandError(name, packet.status, { server });
    const checked = checkReply(name, packet);
    if (checked.ok) return checked.value;
    const text = `its reply to ${name} has a bad field ${checked.field} (expected ${checked.expected})`;
    throw new AsterError("PROTOCOL_VIOLATION", text, { server });
  }

  /** Sends a text into a channel; see {@link Channel.send}. */
  async sendMessage(channel: Channel, content: string, options: SendOptions = {}): Promise<Message> {
    const { replyTo = null } = options;
    const { message: uuid } = await this.command(
      "send",
      { content, channel: channel.uuid, ...(replyTo !== null && { reply: replyTo }) },
      options,
    );
    // Who may read the channel has seen the message by now; who may only write has to imagine it.
    const echo = this.#echoes.get(uuid);
    this.#echoes.delete(uuid);
    if (echo) return echo;
    const date = Math.floor(this.#options.clock.now() / 1000);
    const self = this.#selfUuid ?? 0;
    const data = {
      uuid,
      content,
      author_uuid: self,
      channel_uuid: channel.uuid,
      date,
      edited: false,
      reply: replyTo,
    };
    return new Message(data, this.#cache.userOrUnknown(self), channel);
  }

  /** Asks for messages of a channel; see {@link Channel.fetchHistory}. */
  async fetchHistory(channel: Channel, options: HistoryOptions = {}): Promise<Message[]> {
    const { count = 100, before } = options;
    const { data } = await this.command(
      "history",
      { channel: channel.uuid, num: count, ...(before && { before_message: before.uuid }) },
      options,
    );
    const unknown = new Set(
      data.map((entry) => entry.author_uuid).filter((uuid) => !this.#cache.users.has(uuid)),
    );
    await Promise.all([...unknown].map((uuid) => this.fetchUser(uuid, options)));
    return data.map((entry) => new Message(entry, this.#cache.userOrUnknown(entry.author_uuid), channel));
  }

  async #authenticate(): Promise<void> {
    const { connectMode, username, password = "", registerIfMissing } = this.#options;
    if (connectMode === ConnectionMode.Neither) return;
    const uuid = this.#selfUuid;
    // An account that was registered by this object is logged in to when the connection comes back.
    const registers = connectMode === ConnectionMode.Register && uuid === undefined;
    const register = () => this.command("register", { uname: username ?? "", passwd: password });
    const logIn = () =>
      this.command(
        "login",
        uuid === undefined ? { uname: username, passwd: password } : { uuid, passwd: password },
      );
    try {
      this.#selfUuid = (await (registers ? register() : logIn())).uuid;
    } catch (error) {
      const isMissing = error instanceof CommandError && error.status === Status.NotFound;
      if (!isMissing || !registerIfMissing || username === undefined) throw error;
      this.#selfUuid = (await register()).uuid;
    }
  }

  async #load(): Promise<void> {
    const isLoggedIn = this.#options.connectMode !== ConnectionMode.Neither;
    await Promise.all([
      this.command("get_metadata", {}),
      this.command("get_name", {}),
      this.command("get_icon", {}),
      ...(isLoggedIn ? [this.command("list_channels", {}), this.command("online", {})] : []),
    ]);
    for (const packet of this.#initCommands ?? []) this.#session.post(packet);
    this.#initCommands = undefined;
  }

  #status(status: SessionStatus, error: AsterError | undefined): void {
    this.#emitter.emit("status", status, this, error);
    if (status === "ready") this.#emitter.emit("ready", this);
  }

  #report(error: unknown): void {
    if (this.#emitter.has("error")) this.#emitter.emit("error", error, this);
    else platform.reportUnhandled(error instanceof Error ? error : new Error(String(error)));
  }

  #handle(packet: Packet): void {
    this.#emitter.emit("packet", packet, this);
    this.#cache.learn(packet);
    if (packet.command !== "content" || packet.status !== Status.Ok) return;
    const checked = checkPush("content", packet);
    if (checked.ok) this.#announce(checked.value);
  }

  #announce(data: MessageData): void {
    if (!this.#dispatching && this.#cache.users.has(data.author_uuid)) {
      this.#dispatch(data);
      return;
    }
    const turn = (this.#dispatching ?? Promise.resolve())
      .then(() => (this.#cache.users.has(data.author_uuid) ? undefined : this.fetchUser(data.author_uuid)))
      .catch(() => {})
      .then(() => this.#dispatch(data))
      .finally(() => {
        if (this.#dispatching === turn) this.#dispatching = undefined;
      });
    this.#dispatching = turn;
  }

  #dispatch(data: MessageData): void {
    const channel = this.#cache.channelOrUnknown(data.channel_uuid);
    const message = new Message(data, this.#cache.userOrUnknown(data.author_uuid), channel);
    if (data.author_uuid === this.#selfUuid) this.#remember(message);
    this.#emitter.emit("message", message);
  }

  #remember(message: Message): void {
    this.#echoes.set(message.uuid, message);
    if (this.#echoes.size <= rememberedEchoes) return;
    const [oldest] = this.#echoes.keys();
    if (oldest !== undefined) this.#echoes.delete(oldest);
  }
}
