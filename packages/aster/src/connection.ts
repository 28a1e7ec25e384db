import {
  type CommandName,
  checkReply,
  type Packet,
  type ReplyFields,
  type RequestInput,
  Status,
} from "@asterite/aster-protocol";
import { platform } from "#platform";
import { Cache } from "./cache/cache.ts";
import { defaultCache } from "./cache/options.ts";
import type { EventSink } from "./emitter.ts";
import { AsterError, CommandError } from "./errors.ts";
import type { ServerEventMap } from "./events.ts";
import {
  type Channel,
  type ChannelServer,
  type HistoryOptions,
  Message,
  type MessageData,
} from "./models/channel.ts";
import type { ServerSettings } from "./options.ts";
import { defaultReconnect } from "./session/backoff.ts";
import { Login } from "./session/login.ts";
import type { OutgoingPacket, RequestOptions } from "./session/request-matcher.ts";
import { Session, type SessionStatus } from "./session/session.ts";
import { CatchUp } from "./sync/catch-up.ts";
import { EventSequencer } from "./sync/event-sequencer.ts";
import { type SendOptions, sendIdempotent } from "./sync/sending.ts";
import { emitTransientPush } from "./sync/transient-pushes.ts";
import { openFirstReachable } from "./transport/endpoints.ts";

/** Maximum number of the client's own messages kept until the reply to their `send` arrives. */
const maxPendingEchoes = 1000;
/** Maximum number of unknown authors fetched one by one; above it, all accounts are fetched at once. */
const maxSingleUserFetches = 10;

/** Internals of a {@link Server}: the session, the cache, and the routing of packets between them. */
export class Connection {
  readonly cache: Cache;
  readonly login: Login;
  readonly session: Session;
  /** Packets sent once, after the first login. */
  initCommands: readonly OutgoingPacket[] = [];
  readonly #server: ChannelServer;
  readonly #emitter: EventSink<ServerEventMap>;
  /** Address of the server, for error messages. */
  readonly #address: string;
  readonly #settings: ServerSettings;
  readonly #sequencer: EventSequencer;
  readonly #catchUp: CatchUp;
  /** Own messages that were pushed before the reply to their `send`. Empty while no `send` is in progress. */
  readonly #pendingEchoes = new Map<number, Message>();
  #sendsInProgress = 0;
  /** Time of the first loss since the last complete catch-up; undefined while no events are missing. */
  #lostAtMs: number | undefined;

  constructor(server: ChannelServer, emitter: EventSink<ServerEventMap>, settings: ServerSettings) {
    this.#server = server;
    this.#emitter = emitter;
    this.#address = `${server.host}:${server.port}`;
    this.#settings = settings;
    // Data of the first load are not changes and emit no events.
    this.cache = new Cache(server, { ...defaultCache, ...settings.cache }, (name, ...args) => {
      if (this.session.wasReady) emitter.emit(name, ...args);
    });
    this.login = new Login(this.#address, settings, this.#command);
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
      report: (error) => this.reportError(error, "message"),
    });
    const { tls, framing, packetBytes, reconnect, ...others } = settings;
    const { host, port } = server;
    const { endpoints = [], connectTimeoutMs, clock } = settings;
    this.session = new Session({
      target: { host, port, tls, packetBytes, framing: framing ?? platform.framing },
      openTransport:
        endpoints.length > 0
          ? openFirstReachable(
              platform.openTransport,
              [{ host, port }, ...endpoints],
              connectTimeoutMs,
              clock,
            )
          : platform.openTransport,
      hooks: {
        authenticate: () => this.login.run(),
        load: () => this.#load(),
        handlePacket: (packet, characters) => this.#handlePacket(packet, characters),
        handleStatus: (status, error) => this.#handleStatus(status, error),
      },
      ...others,
      reconnect: reconnect && { ...defaultReconnect, ...reconnect },
      random: Math.random,
    });
  }

  /** Runs a command on behalf of the program; see {@link Server.command}. */
  readonly command = async <Name extends CommandName>(
    name: Name,
    fields: RequestInput<Name>,
    options: RequestOptions = {},
  ): Promise<ReplyFields<Name>> => {
    this.requireLogin(name);
    return await this.#command(name, fields, options);
  };

  /** Throws an AsterError if no connection is logged in. Requests sent before the login would be refused. */
  requireLogin(command: string): void {
    const { status } = this.session;
    if (status === "ready" || status === "loading" || status === "closed") return;
    const text = `not connected (${status})`;
    throw new AsterError("CONNECTION_LOST", text, { server: this.#address, command });
  }

  /** Sends a message; see {@link Channel.send}. */
  async sendMessage(channel: Channel, content: string, options: SendOptions = {}): Promise<Message> {
    const { clock, sendRetryMs } = this.#settings;
    this.#sendsInProgress++;
    try {
      const { message: uuid, nonce } = await sendIdempotent({ content, channel: channel.uuid }, options, {
        command: this.command,
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
        reply: options.replyTo ?? null,
        ...(nonce !== undefined && { nonce }),
      };
      return new Message(data, this.cache.users.getOrPlaceholder(data.author_uuid), channel);
    } finally {
      this.#sendsInProgress--;
      if (this.#sendsInProgress === 0) this.#pendingEchoes.clear();
    }
  }

  /** Fetches messages of a channel; see {@link Channel.fetchHistory}. */
  async fetchHistory(channel: Channel, options: HistoryOptions = {}): Promise<Message[]> {
    const { count = 100, before } = options;
    const bound = typeof before === "object" ? before.uuid : before;
    const { data } = await this.command(
      "history",
      { channel: channel.uuid, num: count, ...(bound !== undefined && { before_message: bound }) },
      options,
    );
    await this.#fetchMissingAuthors(data, options);
    return data.map((entry) => this.cache.upsertMessage({ ...entry, channel_uuid: channel.uuid }, "history"));
  }

  /** Reports an error to the listeners of `error`, or to the platform if there are none or they failed. */
  reportError(error: unknown, name: keyof ServerEventMap): void {
    if (name !== "error" && this.#emitter.hasListeners("error")) {
      this.#emitter.emit("error", error, this.#server);
    } else platform.reportUnhandled(error instanceof Error ? error : new Error(String(error)));
  }

  async #fetchMissingAuthors(data: readonly MessageData[], options: RequestOptions): Promise<void> {
    const authors = new Set(data.map(({ author_uuid }) => author_uuid));
    const unknown = [...authors].filter((uuid) => this.cache.users.isUnknown(uuid));
    if (unknown.length > maxSingleUserFetches) await this.command("get_metadata", {}, options);
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
      const waitMs = packet["retry_after_ms"];
      const retryAfterMs = typeof waitMs === "number" && waitMs > 0 ? waitMs : undefined;
      throw new CommandError(name, packet.status, { server, retryAfterMs });
    }
    const checked = checkReply(name, packet);
    if (checked.ok) return checked.value;
    const text = `reply to ${name} has an invalid field ${checked.field} (expected ${checked.expected})`;
    throw new AsterError("PROTOCOL_VIOLATION", text, { server, command: name });
  };

  async #load(): Promise<void> {
    const { isRequired, startPosition, features } = this.login;
    const isRestored = this.session.wasReady && this.#sequencer.isOtherEpoch(startPosition?.epoch);
    for (const packet of this.initCommands) this.session.send(packet);
    this.initCommands = [];
    const [{ data: users }] = await Promise.all([
      this.#command("get_metadata", {}),
      this.#command("get_name", {}),
      this.#command("get_icon", {}),
      ...(isRequired ? [this.#command("list_channels", {}), this.#command("online", {})] : []),
      ...(isRequired && features.has("groups") ? [this.#command("list_groups", {})] : []),
    ]);
    if (!isRequired) return;
    if (isRestored) {
      this.cache.messages.clear();
      this.cache.users.retainOnly(new Set(users.map(({ uuid }) => uuid)));
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
    this.cache.applyPacket(packet);
    this.#sequencer.handlePacket(packet, characters);
    emitTransientPush(packet, this.cache, this.#server, this.#emitter);
  }

  #recordEcho(message: Message): void {
    if (this.#sendsInProgress === 0 || message.author.uuid !== this.login.selfUuid) return;
    this.#pendingEchoes.set(message.uuid, message);
    const [oldest] = this.#pendingEchoes.keys();
    if (this.#pendingEchoes.size > maxPendingEchoes && oldest !== undefined) {
      this.#pendingEchoes.delete(oldest);
    }
  }
}
