import {
  AsterError,
  type Channel,
  CommandError,
  ConnectionMode,
  type Message,
  Permissions,
  Server,
  type ServerOptions,
  type SessionStatus,
  type User,
} from "@asterite/aster";
import { type Address, httpOrigin, keyOf } from "../lib/address.ts";
import { PictureUrls } from "../lib/pictures/picture-urls.ts";
import type { KeyValueStorage } from "../lib/storage/stored.ts";
import { cleanName } from "../lib/text/clean-name.ts";
import { groupColour } from "../lib/text/group-colour.ts";
import { mentions } from "../lib/text/mentions.ts";
import { Topic } from "../lib/topic.ts";
import { ChannelMusic } from "./channel-music.ts";
import { deviceName } from "./device-name.ts";
import { EmojiBook } from "./emoji-book.ts";
import { type Entry, entryOf } from "./entry.ts";
import { MessageLog } from "./message-log.ts";
import { Outbox, type Pending } from "./outbox.ts";
import { randomName } from "./random-name.ts";
import { Rights } from "./rights.ts";
import type { SavedServer } from "./saved-server.ts";
import { Typists } from "./typists.ts";
import { Unread } from "./unread.ts";
import type { Credentials, GroupView, LinkStatus, Member } from "./views.ts";

/** What a link tells its owner. */
interface LinkHooks {
  /** What is kept of the server changed. */
  saved(link: ServerLink): void;
  /** The connection is there, for the first time or again. */
  ready(link: ServerLink): void;
  /** A message came in. */
  message(link: ServerLink, channel: Channel, entry: Entry): void;
  /** Whether the person looks at the newest messages of a channel at this moment. */
  isWatching(link: ServerLink, channel: number): boolean;
}

/** What a {@link ServerLink} is made with. */
export interface LinkOptions {
  readonly storage: KeyValueStorage;
  readonly hooks: LinkHooks;
  readonly userAgent: string;
}

/** Logs that are kept; the one that was opened longest ago gives way. */
const mostLogs = 12;
/** Unread channels that are looked through for mentions. */
const mostAsked = 50;
const firstRetryMs = 500;
const longestRetryMs = 5000;
const typingPaceMs = 3000;

/** One server of the rail: its connection, its account and everything known about it. */
export class ServerLink {
  readonly key: string;
  /** Changes with {@link status}, {@link error} and {@link saved}. */
  readonly topic = new Topic();
  /** Changes with the server's name, picture, channels, groups, rights and emoji. */
  readonly facts = new Topic();
  /** Changes with accounts and with who is there. */
  readonly people = new Topic();
  /** What is played where. */
  readonly music = new ChannelMusic();
  readonly unread = new Unread();
  readonly typists = new Typists();
  readonly outbox: Outbox;
  readonly pictures = new PictureUrls();
  readonly emoji = new EmojiBook(this.pictures);
  readonly #options: LinkOptions;
  readonly #logs = new Map<number, MessageLog>();
  /** Own messages on their way, by the uuid that the server gave them. */
  readonly #arrivedNonces = new Map<number, string>();
  #saved: SavedServer;
  #server: Server | undefined;
  #status: LinkStatus = "signed-out";
  #error: unknown;
  #base = Permissions.initialBase;
  #retries = 0;
  #retryTimer: ReturnType<typeof setTimeout> | undefined;
  #typedAt = 0;
  #marked = new Map<number, number>();
  #isClosed = false;

  constructor(saved: SavedServer, options: LinkOptions) {
    this.key = keyOf(saved);
    this.#saved = saved;
    this.#options = options;
    this.outbox = new Outbox({
      storage: options.storage,
      server: this.key,
      send: (pending) => this.#sendPending(pending),
      isSafeToRepeat: () => this.#server?.extensions.has("nonce") ?? true,
      now: Date.now,
    });
  }

  get saved(): SavedServer {
    this.topic.follow();
    return this.#saved;
  }

  get address(): Address {
    return this.#saved;
  }

  get origin(): string {
    return httpOrigin(this.#saved);
  }

  get status(): LinkStatus {
    this.topic.follow();
    return this.#status;
  }

  /** Why the link is not ready; undefined where there is nothing to say. */
  get error(): unknown {
    this.topic.follow();
    return this.#error;
  }

  /** The connection, whatever its state; undefined before the first try. */
  get server(): Server | undefined {
    this.topic.follow();
    return this.#server;
  }

  /** The server's name, from the last visit while it is not connected. */
  get name(): string {
    this.facts.follow();
    const live = this.#server?.name ?? "";
    return live === "" ? (this.saved.name ?? this.key) : live;
  }

  get iconUrl(): string | undefined {
    this.facts.follow();
    return this.#server && this.pictures.get("icon", this.#server.icon);
  }

  get channels(): readonly Channel[] {
    this.facts.follow();
    return (this.#server?.channels ?? []).toSorted((one, other) => one.position - other.position);
  }

  get selfUuid(): number | undefined {
    this.topic.follow();
    return this.#server?.selfUuid;
  }

  get self(): User | undefined {
    this.people.follow();
    return this.#server?.self;
  }

  user(uuid: number): User | undefined {
    this.people.follow();
    return this.#server?.getUser(uuid);
  }

  /** Every account that is known, as it is now, and who of them is there. */
  get members(): { readonly all: readonly Member[]; readonly online: ReadonlySet<number> } {
    this.people.follow();
    const all = Array.from(this.#server?.peers.values() ?? [], ({ uuid, username, groups }) => ({
      uuid,
      name: cleanName(username),
      groups,
    }));
    return { all, online: new Set(this.#server?.online) };
  }

  /** The colour of somebody's highest group, as CSS; undefined without one. */
  colourOf(uuid: number): string | undefined {
    this.facts.follow();
    const member = this.user(uuid)?.groups ?? [];
    const groups = member.flatMap((group) => this.#server?.getGroup(group) ?? []);
    const [top] = groups.sort((one, other) => one.position - other.position);
    return top && groupColour(top.colour);
  }

  /** Looks for a message that may be anywhere on the server. Never rejects: what cannot be had is not there. */
  async findMessage(uuid: number): Promise<Entry | undefined> {
    for (const log of this.#logs.values()) {
      const entry = log.get(uuid);
      if (entry) return entry;
    }
    try {
      const message = await this.#server?.fetchMessage(uuid);
      return message && entryOf(message);
    } catch {
      return undefined;
    }
  }

  /** Whether somebody has this name, in either case. */
  hasUserNamed(name: string): boolean {
    this.people.follow();
    const wanted = name.toLowerCase();
    for (const { username } of this.#server?.peers.values() ?? []) {
      if (username.toLowerCase() === wanted) return true;
    }
    return false;
  }

  pictureOf(uuid: number): string | undefined {
    const user = this.user(uuid);
    return user && this.pictures.get(`user ${uuid}`, user.pfp);
  }

  /** What the account may do. */
  get rights(): Rights {
    this.facts.follow();
    this.people.follow();
    return new Rights({ base: this.#base, groups: this.#server?.groups ?? [], self: this.#server?.self });
  }

  /** The groups, the highest first, as they are now. */
  get groups(): readonly GroupView[] {
    this.facts.follow();
    const groups = (this.#server?.groups ?? []).toSorted((one, other) => one.position - other.position);
    return groups.map((model) => {
      const { uuid, name, colour, position, permissions } = model;
      return { uuid, name: cleanName(name), colour, position, permissions, model };
    });
  }

  /** The name of a channel as it may be shown; unlike the channel itself, it is followed. */
  nameOf(channel: Channel): string {
    this.facts.follow();
    return cleanName(this.#server?.getChannel(channel.uuid)?.name ?? channel.name);
  }

  /** What accounts may do that are in no group. */
  get base(): Permissions {
    this.facts.follow();
    return this.#base;
  }

  /** The messages of a channel; they are asked for at the first time. */
  log(channel: Channel): MessageLog {
    const known = this.#logs.get(channel.uuid);
    if (known) {
      this.#logs.delete(channel.uuid);
      this.#logs.set(channel.uuid, known);
      return known;
    }
    const log = new MessageLog(async (before, count) => {
      const current = this.#server?.getChannel(channel.uuid) ?? channel;
      const options = { count, ...(before !== undefined && { before }) };
      return (await current.fetchHistory(options)).map(entryOf);
    });
    this.#logs.set(channel.uuid, log);
    const [oldest] = this.#logs.keys();
    if (this.#logs.size > mostLogs && oldest !== undefined) this.#logs.delete(oldest);
    if (this.#status === "ready") void log.loadNewest();
    return log;
  }

  /** Logs in with what is kept, and tries again until that works or is refused. */
  start(): void {
    if (this.#isClosed || this.#saved.token === undefined || this.#isBusy) return;
    this.#become(this.#retries === 0 ? "connecting" : "lost");
    void this.#connect({ token: this.#saved.token });
  }

  /** Logs in or registers with what a person gives. Rejects with what went wrong. */
  async signIn({ username, password, isNew }: Credentials): Promise<void> {
    clearTimeout(this.#retryTimer);
    const device = this.#saved.device ?? randomName(2);
    const server = this.#make({
      ...{ username, password, wantToken: true, clientName: deviceName(this.#options.userAgent, device) },
      connectMode: isNew ? ConnectionMode.Register : ConnectionMode.Login,
    });
    try {
      await server.connect();
    } catch (error) {
      await server.disconnect();
      throw error;
    }
    const { token } = server;
    this.#save({ username, device, name: server.name, ...(token !== undefined && { token }) });
    this.#adopt(server);
  }

  /** Forgets the login, here and at the server, and disconnects. */
  async signOut(): Promise<void> {
    const { device } = this.#saved;
    if (this.#status === "ready" && device !== undefined) {
      await this.#revokeOwn(device).catch(() => {});
    }
    this.#save({ token: undefined });
    await this.#drop();
    this.#become("signed-out");
  }

  /** Changes the password. The server ends all logins with it, so a new one is made. */
  async changePassword(oldPassword: string, newPassword: string): Promise<void> {
    const server = this.#server;
    const username = server?.self?.username;
    if (!server || username === undefined) throw new AsterError("CONNECTION_LOST", "not connected");
    await server.account.changePassword(newPassword, { oldPassword });
    const device = this.#saved.device ?? randomName(2);
    await using visit = this.#make({
      ...{ username, password: newPassword, wantToken: true },
      ...{ clientName: deviceName(this.#options.userAgent, device), reconnect: false },
    });
    await visit.connect();
    if (visit.token !== undefined) this.#save({ token: visit.token, device });
  }

  /** Sends a text, now or as soon as there is a connection. */
  send(channel: number, content: string, replyTo: number | undefined): void {
    this.outbox.add(channel, content, replyTo, randomName());
  }

  /** Tells the others that the account is writing, at most as often as servers pass it on. */
  typing(channel: Channel): void {
    const now = Date.now();
    if (this.#status !== "ready" || !this.#server?.extensions.has("typing")) return;
    if (now - this.#typedAt < typingPaceMs) return;
    this.#typedAt = now;
    channel.sendTyping().catch(() => {});
  }

  /** Everything in a channel up to its newest message has been read. */
  markRead(channel: number): void {
    const newest = this.#logs.get(channel)?.entries.at(-1)?.uuid;
    if (newest === undefined || this.#status !== "ready" || !this.unread.isKnown) return;
    this.unread.read(channel, newest);
    if (this.#marked.get(channel) === newest) return;
    this.#marked.set(channel, newest);
    this.#server?.command("mark_as_read", { message: newest }).catch(() => this.#marked.delete(channel));
  }

  /** Ends everything; the link is not used again. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.typists.close();
    await this.#drop();
  }

  get #isBusy(): boolean {
    return this.#server !== undefined && this.#server.status !== "closed" && this.#server.status !== "idle";
  }

  #make(options: ServerOptions): Server {
    const { host, port, tls } = this.#saved;
    return new Server(host, port, {
      reconnect: { firstDelayMs: firstRetryMs, longestDelayMs: longestRetryMs },
      connectTimeoutMs: 10_000,
      ...(tls ? {} : { tls: false }),
      ...options,
    });
  }

  async #connect(options: ServerOptions): Promise<void> {
    const device = this.#saved.device ?? "";
    const server = this.#make({ ...options, clientName: deviceName(this.#options.userAgent, device) });
    const before = this.#server;
    this.#server = server;
    await before?.disconnect();
    try {
      await server.connect();
    } catch (error) {
      if (this.#server === server) this.#failed(error);
      return;
    }
    if (this.#server === server && !this.#isClosed) this.#adopt(server);
    else await server.disconnect();
  }

  #failed(error: unknown): void {
    this.#error = error;
    if (error instanceof CommandError && error.command === "login") {
      this.#refused(error);
      return;
    }
    if (this.#isClosed || (error instanceof AsterError && error.code === "CLOSED")) return;
    const delayMs =
      Math.min(longestRetryMs, firstRetryMs * 2 ** this.#retries++) * (0.75 + Math.random() / 2);
    this.#become("lost", error);
    this.#retryTimer = setTimeout(() => this.start(), delayMs);
  }

  #refused(error: unknown): void {
    this.#save({ token: undefined });
    this.#become("signed-out", error);
  }

  /** From here on the connection is the link's own. */
  #adopt(server: Server): void {
    const before = this.#server;
    if (before !== server) void before?.disconnect();
    this.#server = server;
    this.#retries = 0;
    this.#listen(server);
    this.#ready(server);
  }

  #listen(server: Server): void {
    server.on("status", (status, _, error) => this.#followStatus(server, status, error));
    server.on("ready", () => this.#ready(server));
    server.on("packet", ({ command, status, uuid, nonce }) => {
      if (status !== 200) return;
      if (command === "content" && typeof nonce === "string" && typeof uuid === "number") {
        this.#arrivedNonces.set(uuid, nonce);
      } else if (command === "get_name" || command === "get_icon") {
        // The event comes before the library has taken it in.
        queueMicrotask(() => this.#identityChanged(server));
      } else if (command === "list_channels") {
        void this.#learnBase(server);
      }
    });
    server.on("message", (message) => this.#received(message));
    server.on("messageEdit", ({ uuid, content }) => {
      for (const log of this.#logs.values()) log.edit(uuid, content);
    });
    server.on("messageDelete", ({ uuid }) => {
      for (const log of this.#logs.values()) log.remove(uuid);
    });
    server.on("channels", (channels) => {
      this.unread.keepOnly(new Set(channels.map(({ uuid }) => uuid)));
      this.facts.changed();
    });
    server.on("groups", () => this.facts.changed());
    server.on("emoji", (emoji) => {
      this.emoji.list = emoji;
    });
    server.on("userUpdate", () => this.people.changed());
    server.on("presence", () => this.people.changed());
    server.on("typing", ({ user, channel }) => {
      if (user.uuid !== server.selfUuid) this.typists.typed(channel.uuid, user.uuid);
    });
    server.on("readMarker", ({ channel, unread, messageUuid }) => {
      this.#marked.set(channel.uuid, messageUuid);
      this.unread.learn(channel.uuid, unread, messageUuid);
    });
    server.on("channelState", ({ channel, key, value }) => {
      this.music.published(channel.uuid, key, value);
    });
    // Too much was missed: what is shown is asked for again.
    server.on("error", (error) => {
      if (error instanceof AsterError && error.code === "EVENTS_MISSED") this.#refreshLogs();
      else reportError(error);
    });
  }

  #followStatus(server: Server, status: SessionStatus, error: AsterError | undefined): void {
    if (this.#server !== server) return;
    if (status === "waiting" || status === "connecting") this.#become("lost", error ?? this.#error);
    if (status !== "closed" || this.#isClosed) return;
    if (error instanceof CommandError) {
      // The password was changed here: there is a newer login than the one that was refused.
      if (this.#saved.token !== undefined && this.#saved.token !== server.token) this.start();
      else this.#refused(error);
    } else if (error) {
      this.#failed(error);
    }
  }

  #ready(server: Server): void {
    this.#error = undefined;
    this.#become("ready");
    this.#identityChanged(server);
    this.people.changed();
    void this.#learnEverything(server);
    this.#refreshLogs();
    this.outbox.flush();
    this.#options.hooks.ready(this);
  }

  #refreshLogs(): void {
    for (const log of this.#logs.values()) void log.loadNewest();
  }

  #identityChanged(server: Server): void {
    if (server.name !== "" && server.name !== this.#saved.name) this.#save({ name: server.name });
    this.facts.changed();
  }

  async #learnEverything(server: Server): Promise<void> {
    const reads = this.#learnReads(server).finally(() => {
      this.unread.isKnown = true;
    });
    await Promise.allSettled([this.#learnBase(server), reads]);
    this.emoji.list = await server.listEmojis().catch(() => []);
    await this.music.load(server);
  }

  async #learnBase(server: Server): Promise<void> {
    if (!server.extensions.has("admin")) return;
    try {
      this.#base = await server.admin.fetchBasePermissions();
      this.facts.changed();
    } catch (error) {
      // A server of an earlier version does not tell; then the usual ones are assumed.
      if (!(error instanceof AsterError)) throw error;
    }
  }

  async #learnReads(server: Server): Promise<void> {
    const reads = await server.fetchLastReads();
    for (const { channelUuid, unread, messageUuid } of reads) {
      this.unread.learn(channelUuid, unread, messageUuid);
    }
    this.unread.isKnown = true;
    const name = server.self?.username ?? "";
    const unseen = reads.filter(({ unread }) => unread > 0).slice(0, mostAsked);
    for (const { channelUuid, unread } of unseen) {
      const page = await server.getChannel(channelUuid)?.fetchHistory({ count: Math.min(unread, 100) });
      const found = page?.filter(({ content, author }) => author !== server.self && mentions(content, name));
      if (found && found.length > 0) this.unread.learnMentions(channelUuid, found.length);
    }
  }

  #received(message: Message): void {
    const entry = entryOf(message);
    const { channel } = message;
    const nonce = this.#arrivedNonces.get(entry.uuid);
    this.#arrivedNonces.delete(entry.uuid);
    if (nonce !== undefined) this.outbox.settle(nonce);
    const isNews = this.#logs.get(channel.uuid)?.append(entry) ?? true;
    this.typists.stopped(channel.uuid, entry.author);
    if (!isNews) return;
    const isOwn = entry.author === this.#server?.selfUuid;
    if (isOwn || this.#options.hooks.isWatching(this, channel.uuid)) {
      queueMicrotask(() => this.markRead(channel.uuid));
    } else {
      this.unread.arrived(channel.uuid, mentions(entry.content, this.#server?.self?.username ?? ""));
    }
    if (!isOwn) this.#options.hooks.message(this, channel, entry);
  }

  async #sendPending({ channel: uuid, content, replyTo, nonce }: Pending): Promise<void> {
    const server = this.#server;
    const channel = server?.getChannel(uuid);
    if (!server || this.#status !== "ready") throw new AsterError("CONNECTION_LOST", "not connected");
    if (!channel) throw new CommandError("send", 404);
    const hasNonce = server.extensions.has("nonce");
    const message = await channel.send(content, { replyTo, ...(hasNonce && { nonce }) });
    this.#arrivedNonces.delete(message.uuid);
    this.#logs.get(uuid)?.append(entryOf(message));
  }

  async #revokeOwn(device: string): Promise<void> {
    const account = this.#server?.account;
    const tokens = (await account?.listTokens({ timeoutMs: 3000 })) ?? [];
    const own = tokens.filter(({ client }) => client.endsWith(` ${device}`));
    await Promise.all(own.map(({ id }) => account?.revokeToken(id, { timeoutMs: 3000 })));
  }

  async #drop(): Promise<void> {
    clearTimeout(this.#retryTimer);
    const server = this.#server;
    this.#server = undefined;
    this.#logs.clear();
    await server?.disconnect();
  }

  #save(changes: Partial<SavedServer>): void {
    this.#saved = { ...this.#saved, ...changes };
    this.#options.hooks.saved(this);
    this.topic.changed();
  }

  #become(status: LinkStatus, error?: unknown): void {
    this.#status = status;
    this.#error = error;
    this.topic.changed();
  }
}
