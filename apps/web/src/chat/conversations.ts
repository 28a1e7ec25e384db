import { AsterError, type Channel, CommandError, type Message, type Server } from "@asterite/aster";
import type { KeyValueStorage } from "../lib/storage/stored-value.ts";
import { mentions } from "../lib/text/mentions.ts";
import { type Entry, entryOf } from "./entry.ts";
import { MessageLog } from "./message-log.ts";
import { Outbox, type Pending } from "./outbox.ts";
import { randomName } from "./random-hex.ts";
import { SlowMode } from "./slow-mode.ts";
import { Typists } from "./typing-users.ts";
import { Unread } from "./unread-counts.ts";

/** What {@link Conversations} work with. */
interface ConversationsContext {
  readonly storage: KeyValueStorage;
  /** Names the server in the storage. */
  readonly key: string;
  readonly server: () => Server | undefined;
  readonly isReady: () => boolean;
  /** A message came in from somebody else. */
  readonly received: (channel: Channel, entry: Entry) => void;
  /** Whether the person looks at the newest messages of a channel at this moment. */
  readonly isWatching: (channel: number) => boolean;
}

/** Logs that are kept; the one that was opened longest ago gives way. */
const mostLogs = 12;
/** Unread channels that are looked through for mentions. */
const mostAsked = 50;
/** Messages of each of them. */
const mostLookedAt = 100;
const typingPaceMs = 3000;

/** What is said in the channels of one server: what was, what is on its way, and what is read. */
export class Conversations {
  readonly unread = new Unread();
  readonly typists = new Typists();
  readonly slowMode = new SlowMode();
  readonly outbox: Outbox;
  readonly #context: ConversationsContext;
  readonly #logs = new Map<number, MessageLog>();
  /** Own messages on their way, by the uuid that the server gave them. */
  readonly #arrivedNonces = new Map<number, string>();
  /** How far the server knows that was read. */
  readonly #marked = new Map<number, number>();
  /** The first message of each channel that came to this page by itself. */
  readonly #firstArrived = new Map<number, number>();
  #typedAt = 0;

  constructor(context: ConversationsContext) {
    this.#context = context;
    this.outbox = new Outbox({
      storage: context.storage,
      server: context.key,
      send: (pending) => this.#sendPending(pending),
      isSafeToRepeat: () => context.server()?.extensions.has("nonce") ?? true,
      now: Date.now,
    });
  }

  /** Takes up what a new connection tells. */
  listen(server: Server): void {
    server.on("packet", ({ command, status, uuid, nonce }) => {
      if (command !== "content" || status !== 200) return;
      if (typeof nonce === "string" && typeof uuid === "number") this.#arrivedNonces.set(uuid, nonce);
    });
    server.on("message", (message) => this.#received(message));
    server.on("messageEdit", ({ uuid, content }) => {
      for (const log of this.#logs.values()) log.edit(uuid, content);
    });
    server.on("messageDelete", ({ uuid }) => {
      for (const log of this.#logs.values()) log.remove(uuid);
    });
    server.on("channels", (channels) => this.unread.keepOnly(new Set(channels.map(({ uuid }) => uuid))));
    server.on("typing", ({ user, channel }) => {
      if (user.uuid !== server.selfUuid) this.typists.typed(channel.uuid, user.uuid);
    });
    server.on("readMarker", ({ channel, unread, messageUuid }) => {
      this.#marked.set(channel.uuid, messageUuid);
      this.unread.learn(channel.uuid, unread, messageUuid);
    });
  }

  /** There is a connection: what is shown is brought up to date, and what waits goes out. */
  ready(): void {
    this.refresh();
    this.outbox.flush();
  }

  /** Asks for what is shown once more. */
  refresh(): void {
    for (const log of this.#logs.values()) void log.loadNewest();
  }

  /** Forgets what was said; another account may see other things. */
  clear(): void {
    this.#logs.clear();
  }

  /** Another account is here than before: what is told of the one before does not count for it. */
  accountChanged(): void {
    this.clear();
    this.#marked.clear();
    this.#firstArrived.clear();
    this.outbox.hold();
    this.unread.forget();
    this.slowMode.forget();
  }

  close(): void {
    this.typists.close();
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
      const current = this.#context.server()?.getChannel(channel.uuid) ?? channel;
      const options = { count, ...(before !== undefined && { before }) };
      return (await current.fetchHistory(options)).map(entryOf);
    });
    this.#logs.set(channel.uuid, log);
    const [oldest] = this.#logs.keys();
    if (this.#logs.size > mostLogs && oldest !== undefined) this.#logs.delete(oldest);
    if (this.#context.isReady()) void log.loadNewest();
    return log;
  }

  /** Looks for a message that may be anywhere on the server. Never rejects: what cannot be had is not there. */
  async findMessage(uuid: number): Promise<Entry | undefined> {
    for (const log of this.#logs.values()) {
      const entry = log.get(uuid);
      if (entry) return entry;
    }
    try {
      const message = await this.#context.server()?.fetchMessage(uuid);
      return message && entryOf(message);
    } catch {
      return undefined;
    }
  }

  /** Sends a text, now or as soon as there is a connection. */
  send(channel: number, content: string, replyTo: number | undefined): void {
    this.outbox.add(channel, content, replyTo, randomName());
  }

  /** Tells the others that the account is writing, at most as often as servers pass it on. */
  typing(channel: Channel): void {
    const now = Date.now();
    if (!this.#context.isReady() || !this.#context.server()?.extensions.has("typing")) return;
    if (now - this.#typedAt < typingPaceMs) return;
    this.#typedAt = now;
    channel.sendTyping().catch(() => {});
  }

  /** Everything in a channel up to its newest message has been read. */
  markRead(channel: number): void {
    const newest = this.#logs.get(channel)?.entries.at(-1)?.uuid;
    if (newest === undefined || !this.#context.isReady() || !this.unread.isKnown) return;
    this.unread.read(channel, newest);
    if (this.#marked.get(channel) === newest) return;
    this.#marked.set(channel, newest);
    this.#context
      .server()
      ?.command("mark_as_read", { message: newest })
      .catch(() => this.#marked.delete(channel));
  }

  /** Asks how far was read in another browser, or before. */
  async learnReads(server: Server): Promise<void> {
    const before = new Map(this.#marked);
    // What was read while an answer was on its way, the answer does not know.
    const isStill = (channel: number): boolean => this.#marked.get(channel) === before.get(channel);
    try {
      const reads = await server.fetchLastReads();
      for (const { channelUuid, unread, messageUuid } of reads) {
        if (isStill(channelUuid)) this.unread.learn(channelUuid, unread, messageUuid);
      }
      this.unread.isKnown = true;
      const marked = new Map(reads.map((read) => [read.channelUuid, read]));
      const asked = server.channels.filter(({ uuid }) => marked.get(uuid)?.unread !== 0).slice(0, mostAsked);
      for (const channel of asked) {
        // One that cannot be read says nothing about the others.
        await this.#learnUnread(server, channel, marked, isStill).catch(() => {});
      }
    } finally {
      this.unread.isKnown = true;
    }
  }

  /** Looks through what is unread in a channel, which for one without a marker only its messages tell. */
  async #learnUnread(
    server: Server,
    channel: Channel,
    marked: ReadonlyMap<number, { readonly unread: number }>,
    isStill: (channel: number) => boolean,
  ): Promise<void> {
    if (marked.size === 0) {
      // What was said before the account first came counts as read, so that what follows does not.
      const newest = await this.#newestBefore(channel);
      if (newest && isStill(channel.uuid)) await server.command("mark_as_read", { message: newest.uuid });
      return;
    }
    const marker = marked.get(channel.uuid);
    const page = await channel.fetchHistory({
      count: Math.min(marker?.unread ?? mostLookedAt, mostLookedAt),
    });
    if (page.length === 0 || !isStill(channel.uuid)) return;
    const others = page.filter(({ author }) => author !== server.self);
    if (!marker) this.unread.learn(channel.uuid, others.length, undefined);
    const name = server.self?.username ?? "";
    const found = others.filter(({ content }) => mentions(content, name));
    if (found.length > 0) this.unread.learnMentions(channel.uuid, found.length);
  }

  /** The newest message that was there before this page heard of any. */
  async #newestBefore(channel: Channel): Promise<Message | undefined> {
    const [newest] = await channel.fetchHistory({ count: 1 });
    const before = this.#firstArrived.get(channel.uuid);
    return before === undefined ? newest : (await channel.fetchHistory({ count: 1, before }))[0];
  }

  #received(message: Message): void {
    const entry = entryOf(message);
    const { channel } = message;
    if (!this.#firstArrived.has(channel.uuid)) this.#firstArrived.set(channel.uuid, entry.uuid);
    const { self, selfUuid } = this.#context.server() ?? {};
    const nonce = this.#arrivedNonces.get(entry.uuid);
    this.#arrivedNonces.delete(entry.uuid);
    const isOwn = entry.author === selfUuid;
    if (nonce !== undefined) this.outbox.settle(nonce);
    else if (isOwn) this.outbox.see(channel.uuid, entry.content);
    const isNews = this.#logs.get(channel.uuid)?.append(entry) ?? true;
    this.typists.stopped(channel.uuid, entry.author);
    if (!isNews) return;
    if (isOwn) this.slowMode.wrote(channel);
    if (isOwn || this.#context.isWatching(channel.uuid)) {
      queueMicrotask(() => this.markRead(channel.uuid));
    } else {
      this.unread.arrived(channel.uuid, mentions(entry.content, self?.username ?? ""));
    }
    if (!isOwn) this.#context.received(channel, entry);
  }

  async #sendPending({ channel: uuid, content, replyTo, nonce }: Pending): Promise<void> {
    const server = this.#context.server();
    const channel = server?.getChannel(uuid);
    if (!server || !this.#context.isReady()) throw new AsterError("CONNECTION_LOST", "not connected");
    if (!channel) throw new CommandError("send", 404);
    const hasNonce = server.extensions.has("nonce");
    const message = await this.slowMode.watch(
      channel,
      channel.send(content, { replyTo, ...(hasNonce && { nonce }) }),
    );
    this.#arrivedNonces.delete(message.uuid);
    this.#logs.get(uuid)?.append(entryOf(message));
  }
}
