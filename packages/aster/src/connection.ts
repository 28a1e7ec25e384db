import {
  type CommandName,
  checkReply,
  type Packet,
  type Permissions,
  type ReplyFields,
  type RequestInput,
  Status,
} from "@asterite/aster-protocol";
import { isRecord } from "@asterite/util";
import { platform } from "#platform";
import { Cache } from "./cache/cache.ts";
import { evictOldest } from "./cache/evict-oldest.ts";
import { createDebug, type Debug } from "./debug.ts";
import type { EventSink } from "./emitter.ts";
import { AsterError, argumentError, CommandError, checkOptions } from "./errors.ts";
import type { ServerEventMap } from "./events.ts";
import { checkText } from "./limits.ts";
import {
  Channel,
  type ChannelServer,
  type HistoryOptions,
  Message,
  type MessageData,
} from "./models/channel.ts";
import type { ServerSettings } from "./options.ts";
import { optionalUuidOf, type Reference, uuidOf } from "./references.ts";
import { Login } from "./session/login.ts";
import {
  checkPacket,
  type OutgoingPacket,
  type RequestOptions,
  requestOptions,
} from "./session/request-matcher.ts";
import { Session, type SessionStatus } from "./session/session.ts";
import { waitUntilReady } from "./session/wait-until-ready.ts";
import { Accounts } from "./sync/accounts.ts";
import { CatchUp } from "./sync/catch-up.ts";
import { EventSequencer } from "./sync/event-sequencer.ts";
import { type SendOptions, sendIdempotent } from "./sync/sending.ts";
import { emitTransientPush } from "./sync/transient-pushes.ts";
import { keepTyping } from "./sync/typing-indicator.ts";
import { openFirstReachable } from "./transport/endpoints.ts";
import type { OpenTransport } from "./transport/transport.ts";

/** Maximum number of the client's own messages kept until the reply to their `send` arrives. */
const maxPendingEchoes = 1000;
/** Maximum number of messages loaded again in a channel that has become readable again. */
const maxReloadedMessages = 100;
/** Maximum number of unknown authors fetched one by one; above it, all accounts are fetched at once. */
const maxSingleUserFetches = 10;

const sendOptions = { ...requestOptions, replyTo: 0, nonce: "string" };
const historyOptions = { ...requestOptions, count: "number", before: 0 };

/** Internals of a {@link Server}: the session, the cache, and the routing of packets between them. */
export class Connection {
  readonly cache: Cache;
  readonly login: Login;
  readonly accounts: Accounts;
  /** Current session. Another one replaces it when the program connects after it was closed. */
  session: Session;
  /** Packets to send after the next login. */
  #initCommands: OutgoingPacket[] = [];
  readonly #server: ChannelServer;
  readonly #emitter: EventSink<ServerEventMap>;
  /** Address of the server, for error messages. */
  readonly #address: string;
  readonly #settings: ServerSettings;
  readonly #debug: Debug | undefined;
  readonly #openTransport: OpenTransport;
  readonly #sequencer: EventSequencer;
  readonly #catchUp: CatchUp;
  /** Own messages that were pushed before the reply to their `send`. Empty while no `send` is in progress. */
  readonly #pendingEchoes = new Map<number, Message>();
  #sendsInProgress = 0;
  /** Request for the base permissions in progress. */
  #refresh: Promise<unknown> | undefined;
  /** Time of the first loss since the last complete catch-up; undefined while no events are missing. */
  #lostAtMs: number | undefined;
  #hasDeclaredBot = false;

  constructor(server: ChannelServer, emitter: EventSink<ServerEventMap>, settings: ServerSettings) {
    this.#server = server;
    this.#emitter = emitter;
    this.#address = `${server.host}:${server.port}`;
    this.#settings = settings;
    // Data of the first load are not changes and emit no events.
    this.cache = new Cache(
      server,
      settings.cache,
      (name, ...args) => {
        if (this.session.wasReady) emitter.emit(name, ...args);
      },
      (channel, messages) => {
        const count = Math.min(messages, maxReloadedMessages);
        this.fetchHistory(channel, { count }).catch(this.#reportBackgroundError);
      },
    );
    const { host, port } = server;
    const { endpoints = [], connectTimeoutMs, clock } = settings;
    this.#debug = createDebug(settings.debug, this.#address, platform.reportUnhandled);
    this.login = new Login(this.#address, settings, this.#command, this.#debug);
    this.accounts = new Accounts(this.command, this.login);
    this.#sequencer = new EventSequencer({
      server,
      cache: this.cache,
      emitter,
      onMessage: (message) => this.#recordEcho(message),
      drop: (error) => this.session.drop(error),
    });
    this.#catchUp = new CatchUp({
      sequencer: this.#sequencer,
      cache: this.cache,
      command: this.#command,
      maxMessages: settings.catchUpMessages,
      debug: this.#debug,
      report: (error) => this.reportError(error, "message"),
    });
    const { openTransport } = platform;
    this.#openTransport =
      endpoints.length > 0
        ? openFirstReachable(
            openTransport,
            [{ host, port }, ...endpoints],
            connectTimeoutMs,
            clock,
            this.#debug,
          )
        : openTransport;
    this.session = this.#newSession();
  }

  /**
   * Connects, and resolves when ready; with a new session if the last one was closed. What was missed while
   * closed is not caught up with.
   */
  connect(initCommands: readonly OutgoingPacket[] = []): Promise<void> {
    // A packet alone counts as a list of one.
    const packets = [initCommands].flat();
    packets.forEach(checkPacket);
    if (this.session.status === "closed") {
      this.session = this.#newSession();
      this.#sequencer.reset();
      this.#lostAtMs = undefined;
      this.#initCommands = [];
      this.#emitter.restart();
    }
    const { status } = this.session;
    if (status === "loading" || status === "ready") for (const packet of packets) this.session.send(packet);
    else this.#initCommands.push(...packets);
    return this.session.connect();
  }

  #newSession(): Session {
    const { tls, framing, path, packetBytes, debug: _hook, ...others } = this.#settings;
    const { host, port } = this.#server;
    return new Session({
      target: { host, port, tls, path, packetBytes, framing: framing ?? platform.framing },
      openTransport: this.#openTransport,
      debug: this.#debug,
      hooks: {
        authenticate: () => this.#authenticate(),
        load: () => this.#load(),
        handlePacket: (packet, characters) => this.#handlePacket(packet, characters),
        handleStatus: (status, error) => this.#handleStatus(status, error),
      },
      ...others,
      random: Math.random,
    });
  }

  /** Runs a command on behalf of the program; see {@link Server.command}. */
  readonly command = async <Name extends CommandName>(
    name: Name,
    fields: RequestInput<Name>,
    options: RequestOptions = {},
  ): Promise<ReplyFields<Name>> => {
    checkOptions(`options of ${name}`, options, requestOptions);
    if (!isRecord(fields)) throw argumentError("fields", fields, "an object");
    return await this.whenUsable({ command: name }, options, () => this.#command(name, fields, options));
  };

  /**
   * Runs a request once a packet can be sent, at once if it can be now: waits while the client connects, logs in
   * or waits to reconnect. Rejects with `CONNECTION_LOST` if that takes longer than the timeout of the request,
   * and at once before `connect`.
   */
  async whenUsable<Reply>(
    packet: OutgoingPacket,
    { signal, timeoutMs = this.#settings.requestTimeoutMs }: RequestOptions,
    run: () => Promise<Reply>,
  ): Promise<Reply> {
    checkPacket(packet);
    const error = this.#notConnected(packet.command);
    if (error && !(await waitUntilReady(this.session, this.#settings.clock, timeoutMs, signal))) throw error;
    return await run();
  }

  /** Throws an AsterError if no connection is logged in. Requests sent before the login would be refused. */
  requireLogin(packet: OutgoingPacket): void {
    checkPacket(packet);
    const error = this.#notConnected(packet.command);
    if (error) throw error;
  }

  #notConnected(command: string): AsterError | undefined {
    const isUsable = ["ready", "loading", "closed"].includes(this.session.status);
    return isUsable ? undefined : this.session.notConnected(command);
  }

  /** Sends a message; see {@link Channel.send}. */
  async sendMessage(to: Reference<Channel>, content: string, options: SendOptions = {}): Promise<Message> {
    checkOptions("options of send", options, sendOptions);
    checkText("content", content, this.login.features.limits["content"]);
    const channel = this.cache.getChannelOrPlaceholder(uuidOf("channel", to));
    const { clock, sendRetryMs } = this.#settings;
    this.#sendsInProgress++;
    try {
      const { message: uuid, nonce } = await sendIdempotent({ content, channel: channel.uuid }, options, {
        command: this.command,
        notConnected: () => this.#notConnected("send"),
        session: this.session,
        login: this.login,
        clock,
        retryMs: sendRetryMs,
      });
      // With read permission, the push of the message arrived before the reply.
      const echo = this.#pendingEchoes.get(uuid) ?? this.cache.messages.get(uuid);
      if (echo) return echo;
      const data = {
        uuid,
        content,
        author_uuid: this.login.selfUuid ?? 0,
        channel_uuid: channel.uuid,
        date: Math.floor(clock.now() / 1000),
        edited: false,
        reply: optionalUuidOf("replyTo", options.replyTo) ?? null,
        ...(nonce !== undefined && { nonce }),
      };
      return new Message(data, this.cache.users.getOrPlaceholder(data.author_uuid), channel);
    } finally {
      this.#sendsInProgress--;
      if (this.#sendsInProgress === 0) this.#pendingEchoes.clear();
    }
  }

  /** Fetches messages of a channel; see {@link Channel.fetchHistory}. */
  async fetchHistory(of: Reference<Channel>, options: HistoryOptions = {}): Promise<Message[]> {
    checkOptions("options of fetchHistory", options, historyOptions);
    const { count = 100, before, ...request } = options;
    const channel = uuidOf("channel", of);
    const bound = optionalUuidOf("before", before);
    const { data } = await this.command("history", { channel, num: count, before_message: bound }, request);
    await this.#fetchMissingAuthors(data, request);
    return data.map((entry) => this.cache.upsertMessage({ ...entry, channel_uuid: channel }, "history"));
  }

  /** Keeps a typing indicator up until the returned function is called; see {@link Channel.withTyping}. */
  keepTyping(channel: Reference<Channel>): () => void {
    const uuid = uuidOf("channel", channel);
    if (!this.login.features.has("typing")) return () => {};
    return keepTyping({
      send: async () => {
        this.requireLogin({ command: "typing" });
        await this.#command("typing", { channel: uuid });
      },
      clock: this.#settings.clock,
      report: (error) => this.reportError(error, "typing"),
    });
  }

  /** Fetches the base permissions and caches them. */
  async fetchBasePermissions(options: RequestOptions = {}): Promise<Permissions> {
    const { permissions } = await this.#command("get_base_permissions", {}, options);
    this.cache.basePermissions = permissions;
    return permissions;
  }

  /**
   * Returns the channel that a command created. A server pushes the new list before the reply to those who
   * may see the channel; others list it on request.
   */
  async createdChannel(uuid: number, name: string, options: RequestOptions): Promise<Channel> {
    if (!this.cache.channels.has(uuid)) await this.command("list_channels", {}, options);
    const placeholder = { uuid, name, position: 0, permissions: {} };
    return this.cache.channels.get(uuid) ?? new Channel(this.#server, placeholder);
  }

  /** Reports an error to the listeners of `error`, or to the platform if there are none or they failed. */
  reportError(error: unknown, name: keyof ServerEventMap): void {
    if (name !== "error" && this.#emitter.hasListeners("error")) {
      this.#emitter.emit("error", error, this.#server);
    } else platform.reportUnhandled(error);
  }

  async #fetchMissingAuthors(data: readonly MessageData[], options: RequestOptions): Promise<void> {
    const authors = new Set(data.map(({ author_uuid }) => author_uuid));
    const unknown = [...authors].filter((uuid) => this.cache.users.isUnknown(uuid));
    if (unknown.length > maxSingleUserFetches) await this.accounts.load(options);
    else await Promise.all(unknown.map((uuid) => this.#server.fetchUser(uuid, options)));
  }

  readonly #command = async <Name extends CommandName>(
    name: Name,
    fields: RequestInput<Name>,
    options: RequestOptions = {},
  ): Promise<ReplyFields<Name>> => {
    const packet = await this.session.request({ ...fields, command: name }, options);
    const server = this.#address;
    if (packet.status !== Status.Ok) {
      const { retry_after_ms: waitMs, reason: sent } = packet;
      const retryAfterMs = typeof waitMs === "number" && waitMs > 0 ? waitMs : undefined;
      const reason = typeof sent === "string" && sent !== "" ? sent : undefined;
      throw new CommandError(name, packet.status, { server, retryAfterMs, reason });
    }
    const checked = checkReply(name, packet);
    if (checked.ok) return checked.value;
    const text = `reply to ${name} has an invalid field ${checked.field} (expected ${checked.expected})`;
    throw new AsterError("PROTOCOL_VIOLATION", text, { server, command: name });
  };

  async #authenticate(): Promise<void> {
    await this.login.run();
    this.session.limitPackets(this.login.features.limits["line"] ?? Number.POSITIVE_INFINITY);
  }

  async #load(): Promise<void> {
    const { isRequired, startPosition, features } = this.login;
    const isRestored = this.session.wasReady && this.#sequencer.isOtherEpoch(startPosition?.epoch);
    for (const packet of this.#initCommands.splice(0)) this.session.send(packet);
    const [users] = await Promise.all([
      this.accounts.load(),
      this.#command("get_name", {}),
      this.#command("get_icon", {}),
      ...(isRequired ? [this.#command("list_channels", {}), this.#command("online", {})] : []),
      ...(isRequired && features.has("groups") ? [this.#command("list_groups", {})] : []),
      ...(isRequired && features.has("admin") ? [this.#loadBasePermissions()] : []),
    ]);
    if (!isRequired) return;
    await this.#declareBot();
    if (isRestored) {
      this.cache.messages.clear();
      this.cache.users.retainOnly(users);
      this.#emitter.emit("restored", this.#server);
    }
    if (this.session.wasReady) {
      const lostAtMs = this.#lostAtMs ?? this.#settings.clock.now();
      await this.#catchUp.run(startPosition, Math.floor(lostAtMs / 1000));
      await this.#sequencer.flush();
      // The connection may have been lost while events waited for their authors.
      if (this.session.status !== "loading") return;
      this.#sequencer.resume();
    } else if (startPosition !== undefined) {
      const { cursor, epoch } = startPosition;
      this.#sequencer.restartAt({ cursor: Math.max(cursor, this.#sequencer.cursor ?? 0), epoch });
    } else if (this.#settings.reconnect && this.#settings.catchUpMessages > 0) {
      await this.#catchUp.recordPositions();
    }
    this.#lostAtMs = undefined;
  }

  /** Declares once, as the option says, whether the account is a bot, unless the server has it so already. */
  async #declareBot(): Promise<void> {
    const { bot } = this.#settings;
    const { features, selfUuid } = this.login;
    if (bot === undefined || this.#hasDeclaredBot || selfUuid === undefined || !features.has("bots")) return;
    try {
      if (this.cache.users.known.get(selfUuid)?.isBot !== bot) await this.#command("set_bot", { bot });
      this.#hasDeclaredBot = true;
    } catch (error) {
      // The account works without the declaration, which the next connection repeats.
      if (!(error instanceof CommandError)) throw error;
      this.reportError(error, "userUpdate");
    }
  }

  #handleStatus(status: SessionStatus, error: AsterError | undefined): void {
    // Failed attempts to reconnect, and a loss during the catch-up, prolong the same gap.
    if (status === "waiting") this.#lostAtMs ??= this.#settings.clock.now();
    if (status === "authenticating" && this.session.wasReady) this.#sequencer.pause();
    this.#emitter.emit("status", status, this.#server, error);
    if (status === "ready") this.#emitter.emit("ready", this.#server);
    if (status === "closed") this.#emitter.end();
  }

  #handlePacket(packet: Packet, characters: number): void {
    this.#emitter.emit("packet", packet, this.#server);
    if (packet.command === "list_channels" && packet.status === Status.Ok) this.#refreshBasePermissions();
    this.cache.applyPacket(packet);
    this.#sequencer.handlePacket(packet, characters);
    emitTransientPush(packet, this.cache, this.#server, this.#emitter);
  }

  /** Loads the base permissions. Servers may reserve them for administrators. */
  async #loadBasePermissions(): Promise<void> {
    try {
      await this.fetchBasePermissions();
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      this.#debug?.("session", "base-permissions-refused", { status: error.status });
    }
  }

  /** Changed base permissions are pushed only by what follows from them: the list of visible channels. */
  #refreshBasePermissions(): void {
    if (this.session.status !== "ready" || !this.login.features.has("admin")) return;
    this.#refresh ??= this.#loadBasePermissions()
      .catch(this.#reportBackgroundError)
      .finally(() => {
        this.#refresh = undefined;
      });
  }

  /** Reports the error of a request that the program did not make, unless the connection has ended. */
  readonly #reportBackgroundError = (error: unknown): void => {
    const isOver =
      error instanceof AsterError && (error.code === "CONNECTION_LOST" || error.code === "CLOSED");
    if (!isOver) this.reportError(error, "channels");
  };

  #recordEcho(message: Message): void {
    if (this.#sendsInProgress === 0 || message.author.uuid !== this.login.selfUuid) return;
    this.#pendingEchoes.set(message.uuid, message);
    evictOldest(this.#pendingEchoes, maxPendingEchoes);
  }
}
