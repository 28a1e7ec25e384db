import {
  AsterError,
  type Channel,
  CommandError,
  ConnectionMode,
  Server,
  type ServerOptions,
  type SessionStatus,
} from "@asterite/aster";
import { type Address, httpOrigin, keyOf } from "../lib/address.ts";
import { PictureUrls } from "../lib/pictures/picture-urls.ts";
import { Topic } from "../lib/signal.ts";
import type { KeyValueStorage } from "../lib/storage/stored-value.ts";
import { ChannelMusic } from "./channel-music.ts";
import { Conversations } from "./conversations.ts";
import { deviceName } from "./device-name.ts";
import { EmojiBook } from "./emoji-index.ts";
import type { Entry } from "./entry.ts";
import { randomName } from "./random-hex.ts";
import type { SavedServer } from "./saved-server.ts";
import { ServerFacts } from "./server-info.ts";
import type { Credentials, LinkStatus } from "./types.ts";
import { People } from "./user-directory.ts";

/** What a link tells its owner. */
interface LinkHooks {
  /** What is kept of the server changed. */
  saved(link: ServerLink): void;
  /** The connection is there, for the first time or again. */
  ready(link: ServerLink): void;
  /** A message of somebody else came in. */
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

const firstRetryMs = 500;
const longestRetryMs = 5000;

/** One server of the rail: keeps the account logged in there; what the connection tells goes to the parts. */
export class ServerLink {
  readonly key: string;
  /** Changes with {@link status}, {@link error} and {@link saved}. */
  readonly topic = new Topic();
  readonly people: People;
  readonly facts: ServerFacts;
  readonly conversations: Conversations;
  /** What is played where. */
  readonly music = new ChannelMusic();
  readonly emoji: EmojiBook;
  readonly #options: LinkOptions;
  #saved: SavedServer;
  #server: Server | undefined;
  #status: LinkStatus = "signed-out";
  #error: unknown;
  #retries = 0;
  #retryTimer: ReturnType<typeof setTimeout> | undefined;
  #isClosed = false;

  constructor(saved: SavedServer, options: LinkOptions) {
    this.key = keyOf(saved);
    this.#saved = saved;
    this.#options = options;
    const server = (): Server | undefined => this.#server;
    const pictures = new PictureUrls();
    this.people = new People(server, pictures);
    this.facts = new ServerFacts(server, this.people, pictures);
    this.emoji = new EmojiBook(pictures);
    this.conversations = new Conversations({
      ...{ server, key: this.key, storage: options.storage },
      isReady: () => this.#status === "ready",
      isWatching: (channel) => options.hooks.isWatching(this, channel),
      received: (channel, entry) => options.hooks.message(this, channel, entry),
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
    const { name } = this.facts;
    return name === "" ? (this.saved.name ?? this.key) : name;
  }

  get selfUuid(): number | undefined {
    this.topic.follow();
    return this.#server?.selfUuid;
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
    if (username !== (this.#saved.username ?? username)) this.conversations.accountChanged();
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

  /** Ends everything; the link is not used again. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.conversations.close();
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
    server.on("packet", ({ command, status }) => {
      if ((command !== "get_name" && command !== "get_icon") || status !== 200) return;
      // The event comes before the library has taken it in.
      queueMicrotask(() => this.#identityChanged(server));
    });
    for (const part of [this.people, this.facts, this.conversations]) part.listen(server);
    server.on("emoji", (emoji) => {
      this.emoji.list = emoji;
    });
    server.on("channelState", ({ channel, key, value }) => {
      this.music.published(channel.uuid, key, value);
    });
    // Too much was missed: what is shown is asked for again.
    server.on("error", (error) => {
      if (error instanceof AsterError && error.code === "EVENTS_MISSED") this.conversations.refresh();
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
    this.people.topic.changed();
    void this.#learnEverything(server);
    this.conversations.ready();
    this.#options.hooks.ready(this);
  }

  #identityChanged(server: Server): void {
    if (server.name !== "" && server.name !== this.#saved.name) this.#save({ name: server.name });
    this.facts.topic.changed();
  }

  async #learnEverything(server: Server): Promise<void> {
    await Promise.allSettled([this.facts.learnBase(server), this.conversations.learnReads(server)]);
    this.emoji.list = await server.listEmojis().catch(() => this.emoji.list);
    await this.music.load(server);
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
    this.conversations.clear();
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
