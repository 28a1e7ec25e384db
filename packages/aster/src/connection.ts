import {
  type CommandName,
  checkReply,
  type Message as MessageData,
  type Packet,
  type ReplyFields,
  type RequestInput,
  Status,
} from "@asterite/aster-protocol";
import { platform } from "#platform";
import { Cache } from "./cache/cache.ts";
import { defaultCache } from "./cache/options.ts";
import { Emitter } from "./emitter.ts";
import { AsterError, CommandError } from "./errors.ts";
import type { ServerEvents } from "./events.ts";
import type { Channel } from "./models/channel.ts";
import { Message } from "./models/message.ts";
import type { ServerSettings } from "./options.ts";
import type { Server } from "./server.ts";
import { defaultReconnect } from "./session/backoff.ts";
import { Login } from "./session/login.ts";
import type { OutgoingPacket, RequestOptions } from "./session/request-matcher.ts";
import { Session, type SessionStatus } from "./session/session.ts";
import { CatchUp } from "./sync/catch-up.ts";
import { EventSequencer } from "./sync/event-sequencer.ts";
import type { HistoryOptions } from "./sync/history.ts";
import { type SendOptions, sendIdempotent } from "./sync/sending.ts";
import { emitTransientPush } from "./sync/transient-pushes.ts";
import { openFirstReachable } from "./transport/endpoints.ts";

/** Own messages whose `send` is not answered yet; far more than anybody has under way. */
const maxPendingEchoes = 1000;
/** Above this many unknown authors on a page of history the whole list of accounts is asked for. */
const maxSingleUserFetches = 10;

/** What stands behind a {@link Server}: its session, its caches, and the way of packets between them. */
export class Connection {
  readonly emitter: Emitter<ServerEvents>;
  readonly cache: Cache;
  readonly login: Login;
  readonly session: Session;
  /** Packets to send once, after the first login. */
  initCommands: readonly OutgoingPacket[] = [];
  readonly #server: Server;
  readonly #name: string;
  readonly #settings: ServerSettings;
  readonly #sequencer: EventSequencer;
  readonly #catchUp: CatchUp;
  /** Own messages that arrived before the reply to their `send`; kept only while one is under way. */
  readonly #pendingEchoes = new Map<number, Message>();
  #sendsInProgress = 0;
  #lostAtMs = 0;

  constructor(server: Server, settings: ServerSettings) {
    this.#server = server;
    this.#name = `${server.host}:${server.port}`;
    this.#settings = settings;
    this.emitter = new Emitter((error, name) => this.#reportError(error, name));
    this.cache = new Cache(server, { ...defaultCache, ...settings.cache }, (name, ...args) => {
      if (this.session.wasReady) this.emitter.emit(name, ...args);
    });
    this.login = new Login(this.#name, settings, this.#command);
    this.#sequencer = new EventSequencer({
      server,
      cache: this.cache,
      announce: (name, ...args) => this.emitter.emit(name, ...args),
      learnUser: (uuid) => server.fetchUser(uuid).catch(() => {}),
      received: (message) => this.#recordEcho(message),
      drop: (error) => this.session.drop(error),
    });
    this.#catchUp = new CatchUp({
      sequencer: this.#sequencer,
      command: this.#command,
      channels: () => this.cache.channels.keys(),
      limit: settings.catchUpMessages,
      report: (error) => this.#reportError(error, "message"),
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

  /** Carries out a command for the program, which speaks after the login. */
  readonly command = async <Name extends CommandName>(
    name: Name,
    fields: RequestInput<Name>,
    options: RequestOptions = {},
  ): Promise<ReplyFields<Name>> => {
    this.checkLoggedIn(name);
    return await this.#command(name, fields, options);
  };

  /** Throws if the connection is not there or not logged in yet: the server would refuse what is sent. */
  checkLoggedIn(command: string): void {
    const { status } = this.session;
    if (status === "ready" || status === "loading" || status === "closed") return;
    const text = `not connected (${status})`;
    throw new AsterError("CONNECTION_LOST", text, { server: this.#name, command });
  }

  /** Sends a text into a channel; see {@link Channel.send}. */
  async sendMessage(channel: Channel, content: string, options: SendOptions = {}): Promise<Message> {
    const { clock, sendRetryMs } = this.#settings;
    this.#sendsInProgress++;
    try {
      const uuid = await sendIdempotent({ content, channel: channel.uuid }, options, {
        command: this.command,
        whenReady: () => this.session.whenReady(),
        hasNonce: () => this.login.features.has("nonce"),
        clock,
        retryMs: sendRetryMs,
      });
      // Who may read the channel has seen the message by now; who may only write has to imagine it.
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
      };
      return new Message(data, this.cache.users.getOrPlaceholder(data.author_uuid), channel);
    } finally {
      this.#sendsInProgress--;
      if (this.#sendsInProgress === 0) this.#pendingEchoes.clear();
    }
  }

  /** Asks for messages of a channel; see {@link Channel.fetchHistory}. */
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

  async #fetchMissingAuthors(data: readonly MessageData[], options: RequestOptions): Promise<void> {
    const { users } = this.cache;
    const strangers = [...new Set(data.map(({ author_uuid }) => author_uuid))].filter((uuid) =>
      users.isUnknown(uuid),
    );
    if (strangers.length > maxSingleUserFetches) await this.command("get_metadata", {}, options);
    else await Promise.all(strangers.map((uuid) => this.#server.fetchUser(uuid, options)));
  }

  readonly #command = async <Name extends CommandName>(
    name: Name,
    fields: RequestInput<Name>,
    options: RequestOptions = {},
  ): Promise<ReplyFields<Name>> => {
    const packet = await this.session.request({ ...fields, command: name }, options);
    const server = this.#name;
    if (packet.status !== Status.Ok) {
      const waitMs = packet["retry_after_ms"];
      const retryAfterMs = typeof waitMs === "number" && waitMs > 0 ? waitMs : undefined;
      throw new CommandError(name, packet.status, { server, retryAfterMs });
    }
    const checked = checkReply(name, packet);
    if (checked.ok) return checked.value;
    const text = `its reply to ${name} has a bad field ${checked.field} (expected ${checked.expected})`;
    throw new AsterError("PROTOCOL_VIOLATION", text, { server, command: name });
  };

  async #load(): Promise<void> {
    const { isRequired: isNeeded, startCursor, features } = this.login;
    for (const packet of this.initCommands) this.session.send(packet);
    this.initCommands = [];
    await Promise.all([
      this.#command("get_metadata", {}),
      this.#command("get_name", {}),
      this.#command("get_icon", {}),
      ...(isNeeded ? [this.#command("list_channels", {}), this.#command("online", {})] : []),
      ...(isNeeded && features.has("groups") ? [this.#command("list_groups", {})] : []),
    ]);
    if (!isNeeded) return;
    if (this.session.wasReady) {
      await this.#catchUp.run(startCursor, Math.floor(this.#lostAtMs / 1000));
      await this.#sequencer.flush();
      this.#sequencer.resume();
    } else if (startCursor !== undefined) {
      this.#sequencer.cursor = Math.max(startCursor, this.#sequencer.cursor ?? 0);
    } else if (this.#settings.reconnect && this.#settings.catchUpMessages > 0) {
      await this.#catchUp.recordPositions();
    }
  }

  #handleStatus(status: SessionStatus, error: AsterError | undefined): void {
    if (status === "waiting" && this.#sequencer.isLive) this.#lostAtMs = this.#settings.clock.now();
    if (status === "authenticating" && this.session.wasReady) this.#sequencer.pause();
    this.emitter.emit("status", status, this.#server, error);
    if (status === "ready") this.emitter.emit("ready", this.#server);
    if (status === "closed") this.emitter.end();
  }

  /** Nobody's error is lost, and none ends the program. */
  #reportError(error: unknown, name: keyof ServerEvents): void {
    if (name !== "error" && this.emitter.hasListeners("error"))
      this.emitter.emit("error", error, this.#server);
    else platform.reportUnhandled(error instanceof Error ? error : new Error(String(error)));
  }

  #handlePacket(packet: Packet, characters: number): void {
    this.emitter.emit("packet", packet, this.#server);
    this.cache.applyPacket(packet);
    this.#sequencer.handlePacket(packet, characters);
    emitTransientPush(packet, this.cache, this.#server, this.emitter);
  }

  #recordEcho(message: Message): void {
    if (this.#sendsInProgress === 0 || message.author.uuid !== this.login.selfUuid) return;
    this.#pendingEchoes.set(message.uuid, message);
    const [oldest] = this.#pendingEchoes.keys();
    if (this.#pendingEchoes.size > maxPendingEchoes && oldest !== undefined)
      this.#pendingEchoes.delete(oldest);
  }
}
