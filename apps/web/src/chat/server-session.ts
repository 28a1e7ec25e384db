import {
  AsterError,
  type Channel,
  CommandError,
  ConnectionMode,
  extensionNames,
  Server,
  type ServerOptions,
  type SessionStatus,
} from "@asterite/aster";
import { backoffDelayMs } from "@asterite/util";
import { type Address, httpAddress, keyOf } from "../lib/address.ts";
import { PictureUrls } from "../lib/pictures/picture-urls.ts";
import { Signal } from "../lib/signal.ts";
import type { Drafts } from "../lib/storage/drafts.ts";
import type { Edits } from "../lib/storage/edits.ts";
import type { KeyValueStorage } from "../lib/storage/stored-value.ts";
import { ChannelMusic } from "./channel-music.ts";
import { Conversations } from "./conversations.ts";
import { deviceName } from "./device-name.ts";
import { EmojiIndex } from "./emoji-index.ts";
import type { Entry } from "./entry.ts";
import { OtherServerError } from "./other-server-error.ts";
import { randomHex } from "./random-hex.ts";
import { type SavedServer, type SavedServers, savedKey, uniqueServers } from "./saved-server.ts";
import { ServerInfo } from "./server-info.ts";
import type { Credentials, ServerSessionStatus } from "./types.ts";
import { UserDirectory } from "./user-directory.ts";

/** Receives the events of a {@link ServerSession}. */
export interface ServerSessionListener {
  /** Called when the saved server has changed. */
  onSaved(session: ServerSession): void;
  /** Called after each successful connect and reconnect. */
  onReady(session: ServerSession): void;
  /** Called for each message from another user. */
  onMessage(session: ServerSession, channel: Channel, entry: Entry): void;
  /** Returns whether the user currently sees the newest messages of a channel. */
  isWatching(session: ServerSession, channel: number): boolean;
}

/** Options of a {@link ServerSession}. */
export interface ServerSessionOptions {
  readonly storage: KeyValueStorage;
  readonly drafts: Drafts;
  readonly edits: Edits;
  /** Saved servers of all tabs. */
  readonly savedServers: Pick<SavedServers, "get">;
  readonly listener: ServerSessionListener;
  readonly userAgent: string;
  /** Returns the path below which a reverse proxy serves a server, if there is one. */
  readonly pathOf: (address: Address) => Pick<Address, "path">;
}

const firstRetryDelayMs = 500;
const maxRetryDelayMs = 5000;
/** Yields delays from 75 to 125 % of the nominal ones. */
const retryBackoff = { firstMs: 1.25 * firstRetryDelayMs, maxMs: 1.25 * maxRetryDelayMs, jitter: 0.4 };

/** Session on one server: keeps the account logged in and holds the state of that server. */
export class ServerSession {
  readonly key: string;
  /** Notifies of changes to {@link status}, {@link error} and {@link saved}. */
  readonly signal = new Signal();
  readonly users: UserDirectory;
  readonly serverInfo: ServerInfo;
  readonly conversations: Conversations;
  /** Music states by channel. */
  readonly music = new ChannelMusic();
  readonly emoji: EmojiIndex;
  readonly #options: ServerSessionOptions;
  #saved: SavedServer;
  #server: Server | undefined;
  #status: ServerSessionStatus = "signed-out";
  #error: unknown;
  #retries = 0;
  #retryTimer: ReturnType<typeof setTimeout> | undefined;
  #isClosed = false;
  /** Errors of the connections that were closed because another server answered. */
  readonly #others = new WeakMap<Server, OtherServerError>();

  constructor(saved: SavedServer, options: ServerSessionOptions) {
    this.key = savedKey(saved);
    this.#saved = saved;
    this.#options = options;
    const server = (): Server | undefined => this.#server;
    const pictures = new PictureUrls();
    this.users = new UserDirectory(server, pictures);
    this.serverInfo = new ServerInfo(server, this.users, pictures);
    this.emoji = new EmojiIndex(pictures);
    this.conversations = new Conversations({
      server,
      key: this.key,
      storage: options.storage,
      drafts: options.drafts,
      edits: options.edits,
      isReady: () => this.#status === "ready",
      isWatching: (channel) => options.listener.isWatching(this, channel),
      onMessage: (channel, entry) => options.listener.onMessage(this, channel, entry),
    });
  }

  get saved(): SavedServer {
    this.signal.track();
    return this.#saved;
  }

  /** Address of the next connection. */
  get address(): Address {
    const { host, port, tls } = this.saved;
    return { host, port, tls };
  }

  /** Returns whether the account has signed in to the server at an address. */
  hasAddress(address: Pick<Address, "host" | "port">): boolean {
    return this.#addresses.some((one) => keyOf(one) === keyOf(address));
  }

  /** Whether another server answers at the only address. */
  get isReplaced(): boolean {
    return this.status === "signed-out" && this.error instanceof OtherServerError;
  }

  /** HTTP address of the server, without a slash at its end. */
  get origin(): string {
    return httpAddress({ ...this.#saved, ...this.#options.pathOf(this.#saved) });
  }

  get status(): ServerSessionStatus {
    this.signal.track();
    return this.#status;
  }

  /** Reason why the session is not ready, if there is one. */
  get error(): unknown {
    this.signal.track();
    return this.#error;
  }

  /** Connection in any state; undefined before the first attempt. */
  get server(): Server | undefined {
    this.signal.track();
    return this.#server;
  }

  /** Server name; the last known one while disconnected. */
  get name(): string {
    const { name } = this.serverInfo;
    return name === "" ? (this.saved.name ?? this.key) : name;
  }

  get selfUuid(): number | undefined {
    this.signal.track();
    return this.#server?.selfUuid;
  }

  /** Logs in with the saved token, and retries until the login succeeds or is rejected. */
  start(): void {
    if (this.#isClosed || this.#saved.token === undefined || this.#isBusy) return;
    this.#setStatus(this.#retries === 0 ? "connecting" : "lost");
    void this.#connect({ token: this.#saved.token });
  }

  /** Logs in or registers at one of the addresses. Rejects with the cause of a failure. */
  async signIn({ username, password, isNew, invite }: Credentials, address: Address): Promise<void> {
    clearTimeout(this.#retryTimer);
    const device = this.#saved.device ?? randomHex(4);
    const server = this.#createServer(
      {
        username,
        password,
        wantToken: true,
        clientName: deviceName(this.#options.userAgent, device),
        connectMode: isNew ? ConnectionMode.Register : ConnectionMode.Login,
        ...(isNew && { invite }),
      },
      address,
    );
    try {
      await server.connect();
    } catch (error) {
      await server.disconnect();
      const other = this.#others.get(server);
      if (!other) throw error;
      if (!this.#leaveAddress(address, true) && this.#status === "signed-out") {
        this.#setStatus("signed-out", other);
      }
      throw other;
    }
    const { token } = server;
    if (username !== (this.#saved.username ?? username)) this.conversations.resetForAccount();
    this.#saveAddresses([address, ...this.#addresses], {
      username,
      device,
      name: server.name,
      ...(token !== undefined && { token }),
    });
    this.#useConnection(server);
  }

  /** Checks the connection at once, because the device may have slept or changed its network. */
  wake(): void {
    if (this.#isBusy) this.#server?.checkConnection();
    else if (this.#status === "lost") {
      clearTimeout(this.#retryTimer);
      this.start();
    }
  }

  /** Adds an address of the server, to which the next connection leads. */
  async addAddress(address: Address): Promise<void> {
    this.#saveAddresses([address, ...this.#addresses]);
    if (this.#status === "ready") return;
    await this.#disconnect();
    this.#setStatus("signed-out");
    this.start();
  }

  /** Adopts what another tab has saved: a sign-out, a sign-in or another password. */
  async adopt(saved: SavedServer): Promise<void> {
    const before = this.#saved;
    this.#saved = saved;
    this.signal.notify();
    if (saved.token === before.token && saved.username === before.username) return;
    const isOtherAccount = saved.username !== before.username;
    if (isOtherAccount) this.conversations.resetForAccount();
    // The connection stays logged in with an old token of the same account.
    if (saved.token !== undefined && !isOtherAccount && this.#status === "ready") return;
    await this.#disconnect();
    this.#setStatus("signed-out");
    this.start();
  }

  /** Revokes the login token, forgets it and disconnects. */
  async signOut(): Promise<void> {
    const { device } = this.#saved;
    if (this.#status === "ready" && device !== undefined) {
      await this.#revokeOwnTokens(device).catch(() => {});
    }
    this.#save({ token: undefined });
    await this.#disconnect();
    this.#setStatus("signed-out");
  }

  /** Changes the password and gets a new token, because the server revokes all existing ones. */
  async changePassword(oldPassword: string, newPassword: string): Promise<void> {
    const server = this.#server;
    const username = server?.self?.username;
    if (!server || username === undefined) throw new AsterError("CONNECTION_LOST", "not connected");
    await server.account.changePassword(newPassword, { oldPassword });
    const device = this.#saved.device ?? randomHex(4);
    const login = this.#createServer({
      username,
      password: newPassword,
      wantToken: true,
      clientName: deviceName(this.#options.userAgent, device),
      reconnect: false,
    });
    try {
      await login.connect();
      if (login.token !== undefined) this.#save({ token: login.token, device });
    } finally {
      await login.disconnect();
    }
  }

  /** Closes the session for good. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.conversations.close();
    await this.#disconnect();
  }

  get #isBusy(): boolean {
    return this.#server !== undefined && this.#server.status !== "closed" && this.#server.status !== "idle";
  }

  #createServer(options: ServerOptions, address: Address = this.#saved): Server {
    const { host, port, tls } = address;
    const server = new Server(host, port, {
      reconnect: { firstDelayMs: firstRetryDelayMs, longestDelayMs: maxRetryDelayMs },
      connectTimeoutMs: 10_000,
      // With the pictures by hash, which are fetched when they are shown.
      extensions: extensionNames,
      ...(tls ? {} : { tls: false }),
      ...this.#options.pathOf(address),
      ...options,
    });
    server.on("packet", (packet) => {
      this.users.handlePacket(packet);
      // The first reply, after which the login is sent. A server without extensions replies with `unknown`.
      const { id } = this.#saved;
      const isGreeting = server.status === "authenticating" && /^(?:hello|unknown)$/.test(packet.command);
      if (!isGreeting || id === undefined || packet["server_id"] === id) return;
      this.#others.set(server, new OtherServerError(address));
      void server.disconnect();
    });
    return server;
  }

  get #addresses(): readonly Address[] {
    return [this.address, ...(this.saved.others ?? [])];
  }

  /** Saves the addresses of the server in the order in which connections try them. */
  #saveAddresses(addresses: readonly Address[], changes: Partial<SavedServer> = {}): void {
    const [{ host, port, tls } = this.#saved, ...others] = uniqueServers(addresses);
    this.#save({ ...changes, key: this.key, host, port, tls, others });
  }

  /**
   * Makes the next connection lead to another address and returns whether there is one. An unencrypted one never
   * follows an encrypted one. `isForgotten`: another server answers at the address.
   */
  #leaveAddress(address: Address, isForgotten: boolean): boolean {
    const all = this.#addresses;
    const rest = all.filter((one) => keyOf(one) !== keyOf(address));
    const next = rest.find(({ tls }) => tls || !address.tls);
    if (!next) return false;
    this.#saveAddresses([next, ...rest, ...(isForgotten ? [] : all)]);
    return true;
  }

  async #connect(options: ServerOptions): Promise<void> {
    const device = this.#saved.device ?? "";
    const server = this.#createServer({
      ...options,
      clientName: deviceName(this.#options.userAgent, device),
    });
    const previous = this.#server;
    this.#server = server;
    await previous?.disconnect();
    try {
      await server.connect();
    } catch (error) {
      if (this.#server === server) this.#handleFailure(this.#others.get(server) ?? error, options.token);
      return;
    }
    if (this.#server === server && !this.#isClosed) this.#useConnection(server);
    else await server.disconnect();
  }

  #handleFailure(error: unknown, rejected: string | undefined): void {
    this.#error = error;
    if (error instanceof CommandError && error.command === "login") {
      this.#handleRejectedLogin(error, rejected);
      return;
    }
    if (this.#isClosed || (error instanceof AsterError && error.code === "CLOSED")) return;
    const isOther = error instanceof OtherServerError;
    if (!this.#leaveAddress(isOther ? error.address : this.#saved, isOther) && isOther) {
      this.#setStatus("signed-out", error);
      return;
    }
    const delayMs = backoffDelayMs(++this.#retries, retryBackoff);
    this.#setStatus("lost", error);
    this.#retryTimer = setTimeout(() => this.start(), delayMs);
  }

  /** Erases the rejected token, unless this or another tab has stored a newer one, which is used instead. */
  #handleRejectedLogin(error: unknown, rejected: string | undefined): void {
    const { token } = this.#options.savedServers.get(this.key) ?? this.#saved;
    if (token !== undefined && token !== rejected) {
      this.#save({});
      this.start();
      return;
    }
    this.#save({ token: undefined });
    this.#setStatus("signed-out", error);
  }

  /** Makes a connected server this session's connection, replacing the previous one. */
  #useConnection(server: Server): void {
    const previous = this.#server;
    if (previous !== server) void previous?.disconnect();
    this.#server = server;
    this.#retries = 0;
    this.#listen(server);
    this.#handleReady(server);
  }

  #listen(server: Server): void {
    server.on("status", (status, _, error) => this.#handleStatus(server, status, error));
    server.on("ready", () => this.#handleReady(server));
    server.on("serverUpdate", () => this.#handleIdentityChange(server));
    for (const part of [this.users, this.serverInfo, this.conversations]) part.listen(server);
    server.on("emoji", (emoji) => {
      this.emoji.list = emoji;
    });
    server.on("channelState", ({ channel, key, value, authorUuid }) => {
      this.music.handleState(channel.uuid, key, value, authorUuid);
    });
    // Too many events were missed to be replayed: reload the messages.
    server.on("error", (error) => {
      if (error instanceof AsterError && error.code === "EVENTS_MISSED") this.conversations.refresh();
      else reportError(error);
    });
  }

  #handleStatus(server: Server, status: SessionStatus, error: AsterError | undefined): void {
    if (this.#server !== server) return;
    if (status === "waiting" || status === "connecting") this.#setStatus("lost", error ?? this.#error);
    if (status !== "closed" || this.#isClosed) return;
    const cause = this.#others.get(server) ?? error;
    if (cause instanceof CommandError) this.#handleRejectedLogin(cause, server.token);
    else if (cause) this.#handleFailure(cause, server.token);
  }

  #handleReady(server: Server): void {
    this.#error = undefined;
    this.#setStatus("ready");
    this.#handleIdentityChange(server);
    this.users.signal.notify();
    void this.#loadServerState(server);
    this.conversations.handleReady();
    this.#options.listener.onReady(this);
  }

  #handleIdentityChange(server: Server): void {
    const { serverId: id, selfUuid: user } = server;
    const { saved } = this;
    const name = server.name === "" ? saved.name : server.name;
    if (name !== saved.name || id !== saved.id || user !== saved.user) this.#save({ name, id, user });
    this.serverInfo.signal.notify();
  }

  async #loadServerState(server: Server): Promise<void> {
    await Promise.allSettled([this.serverInfo.learnBase(server), this.conversations.loadReadMarkers(server)]);
    this.emoji.list = await server.listEmojis().catch(() => this.emoji.list);
    await this.music.load(server);
  }

  async #revokeOwnTokens(device: string): Promise<void> {
    const account = this.#server?.account;
    const tokens = (await account?.listTokens({ timeoutMs: 3000 })) ?? [];
    const own = tokens.filter(({ client }) => client.endsWith(` ${device}`));
    await Promise.all(own.map(({ id }) => account?.revokeToken(id, { timeoutMs: 3000 })));
  }

  async #disconnect(): Promise<void> {
    clearTimeout(this.#retryTimer);
    const server = this.#server;
    this.#server = undefined;
    this.conversations.clear();
    await server?.disconnect();
  }

  #save(changes: Partial<SavedServer>): void {
    // Another tab may have changed the other properties.
    this.#saved = { ...(this.#options.savedServers.get(this.key) ?? this.#saved), ...changes };
    this.#options.listener.onSaved(this);
    this.signal.notify();
  }

  #setStatus(status: ServerSessionStatus, error?: unknown): void {
    const wasReady = this.#status === "ready";
    this.#status = status;
    this.#error = error;
    this.signal.notify();
    if (wasReady && status !== "ready") this.conversations.handleLost();
  }
}
