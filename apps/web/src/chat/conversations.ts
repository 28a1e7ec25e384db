import { AsterError, type Channel, CommandError, type Message, type Server } from "@asterite/aster";
import type { Drafts } from "../lib/storage/drafts.ts";
import type { Edits } from "../lib/storage/edits.ts";
import type { KeyValueStorage } from "../lib/storage/stored-value.ts";
import { tabLock } from "../lib/storage/tab-lock.ts";
import { mentions } from "../lib/text/mentions.ts";
import { type Entry, entryOf } from "./entry.ts";
import { MessageLog } from "./message-log.ts";
import { Outbox, type PendingMessage } from "./outbox.ts";
import { randomHex } from "./random-hex.ts";
import { SlowMode } from "./slow-mode.ts";
import { TypingUsers } from "./typing-users.ts";
import { UnreadCounts } from "./unread-counts.ts";

/** Dependencies of {@link Conversations}. */
interface ConversationsContext {
  readonly storage: KeyValueStorage;
  readonly drafts: Drafts;
  readonly edits: Edits;
  /** Storage key of the server. */
  readonly key: string;
  readonly server: () => Server | undefined;
  readonly isReady: () => boolean;
  /** Called for each message from another user. */
  readonly onMessage: (channel: Channel, entry: Entry) => void;
  /** Returns whether the user currently sees the newest messages of a channel. */
  readonly isWatching: (channel: number) => boolean;
}

/** Message logs kept in memory; the least recently opened is dropped first. */
const maxLogs = 12;
/** Unread channels whose history is searched for mentions. */
const maxSearchedChannels = 50;
/** Messages searched in each of these channels. */
const maxSearchedMessages = 100;
const typingIntervalMs = 3000;

/** Messages of one server: channel logs, the outbox, typing indicators and unread state. */
export class Conversations {
  readonly unread = new UnreadCounts();
  readonly typingUsers = new TypingUsers();
  readonly slowMode = new SlowMode();
  readonly outbox: Outbox;
  readonly #context: ConversationsContext;
  readonly #logs = new Map<number, MessageLog>();
  /** Read marker of each channel as known to the server. */
  readonly #marked = new Map<number, number>();
  /** First live message of each channel since the page was loaded. */
  readonly #firstArrived = new Map<number, number>();
  #typedAt = 0;
  /** Aborted when the current connection is lost. */
  #lost = new AbortController();

  constructor(context: ConversationsContext) {
    this.#context = context;
    this.outbox = new Outbox({
      storage: context.storage,
      server: context.key,
      send: (pending) => this.#sendPending(pending),
      isReady: context.isReady,
      isIdempotent: () => context.server()?.extensions.has("nonce") ?? true,
      hasChannel: (channel) => !context.isReady() || context.server()?.getChannel(channel) !== undefined,
      lock: tabLock("outbox"),
      now: Date.now,
    });
  }

  /** Subscribes to the events of a new connection. */
  listen(server: Server): void {
    server.on("message", (message) => this.#handleMessage(message));
    server.on("messageEdit", ({ uuid, content }) => {
      for (const log of this.#logs.values()) log.edit(uuid, content);
    });
    server.on("messageDelete", ({ uuid }) => {
      this.#keepEdit(uuid, "unknown:message");
      this.unread.remove(uuid);
      for (const log of this.#logs.values()) log.remove(uuid);
    });
    server.on("restored", () => {
      for (const log of this.#logs.values()) log.clear();
      this.#marked.clear();
      this.#firstArrived.clear();
      this.unread.reset();
    });
    server.on("channels", (channels) => {
      const present = new Set(channels.map(({ uuid }) => uuid));
      this.unread.retainOnly(present);
      for (const uuid of this.#logs.keys()) if (!present.has(uuid)) this.#logs.delete(uuid);
      this.#keepDrafts();
    });
    // Sent when permissions change: messages may have been sent while a channel could not be read.
    server.on("packet", ({ command, status }) => {
      if (command === "list_channels" && status === 200 && this.#context.isReady()) this.refresh();
    });
    server.on("typing", ({ user, channel }) => {
      if (user.uuid !== server.selfUuid) this.typingUsers.add(channel.uuid, user.uuid);
    });
    server.on("readMarker", ({ channel, unread, messageUuid }) => {
      this.#marked.set(channel.uuid, messageUuid);
      this.unread.update(channel.uuid, unread, messageUuid);
    });
  }

  /** Refreshes the logs and flushes the outbox after a connection has been established. */
  handleReady(): void {
    this.#lost = new AbortController();
    this.#keepDrafts();
    void this.#keepEdits();
    this.refresh();
    this.outbox.flush();
  }

  /** Stops sending on a lost connection, so that another tab can continue. */
  handleLost(): void {
    this.#lost.abort(new AsterError("CONNECTION_LOST", "not connected"));
    this.outbox.flush();
  }

  /** Keeps the texts that were being written in deleted channels. */
  #keepDrafts(): void {
    const { server, drafts, edits, key, isReady } = this.#context;
    const channels = server()?.channels ?? [];
    if (!isReady() || channels.length === 0) return;
    const present = new Set(channels.map(({ uuid }) => uuid));
    for (const [channel, { text }] of drafts.forServer(key)) {
      if (present.has(channel)) continue;
      if (text.trim() !== "") this.outbox.keep(`draft-${channel}`, channel, text, "unknown:channel");
      drafts.update(key, channel, { text: "", replyTo: undefined });
    }
    for (const [message, { channel }] of edits.forServer(key)) {
      if (!present.has(channel)) this.#keepEdit(message, "unknown:channel");
    }
  }

  /** Keeps the unsaved edits of messages that were deleted while there was no connection. */
  async #keepEdits(): Promise<void> {
    const { server, edits, key } = this.#context;
    for (const message of edits.forServer(key).keys()) {
      try {
        const current = server();
        if (!current) return;
        if ((await current.fetchMessage(message)) === undefined) this.#keepEdit(message, "unknown:message");
      } catch {
        // Unknown; the next connection tries again.
      }
    }
  }

  #keepEdit(message: number, reason: "unknown:channel" | "unknown:message"): void {
    const { edits, key } = this.#context;
    const edit = edits.get(key, message);
    if (!edit) return;
    this.outbox.keep(`edit-${message}`, edit.channel, edit.text, reason);
    edits.delete(key, message);
  }

  /** Reloads the newest messages of all logs. */
  refresh(): void {
    for (const log of this.#logs.values()) void log.loadNewest();
  }

  /** Logs by channel; the one opened last comes last. */
  get logs(): ReadonlyMap<number, MessageLog> {
    return this.#logs;
  }

  /** Drops all logs. */
  clear(): void {
    this.#logs.clear();
  }

  /** Discards the previous account's state after another account has signed in. */
  resetForAccount(): void {
    this.clear();
    this.#marked.clear();
    this.#firstArrived.clear();
    this.outbox.holdAll();
    this.unread.reset();
    this.slowMode.reset();
  }

  close(): void {
    this.typingUsers.close();
  }

  /** Returns the message log of a channel. The first call loads its newest messages. */
  logFor(channel: Channel): MessageLog {
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
    if (this.#logs.size > maxLogs && oldest !== undefined) this.#logs.delete(oldest);
    if (this.#context.isReady()) void log.loadNewest();
    return log;
  }

  /** Returns a message from the logs or the server; undefined if it does not exist or cannot be fetched. */
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

  /** Queues a message, which is sent as soon as the session is connected. */
  send(channel: number, content: string, replyTo: number | undefined): void {
    this.outbox.add(channel, content, replyTo, randomHex());
  }

  /** Sends a typing event, at most as often as servers forward it. */
  sendTyping(channel: Channel): void {
    const now = Date.now();
    if (!this.#context.isReady() || !this.#context.server()?.extensions.has("typing")) return;
    if (now - this.#typedAt < typingIntervalMs) return;
    this.#typedAt = now;
    channel.sendTyping().catch(() => {});
  }

  /** Marks a channel as read up to its newest message. */
  markRead(channel: number): void {
    const newest = this.#logs.get(channel)?.entries.at(-1)?.uuid;
    if (newest === undefined || !this.#context.isReady() || !this.unread.isKnown) return;
    this.unread.markRead(channel, newest);
    if (this.#marked.get(channel) === newest) return;
    this.#marked.set(channel, newest);
    this.#context
      .server()
      ?.command("mark_as_read", { message: newest })
      .catch(() => this.#marked.delete(channel));
  }

  /** Fetches the read markers of the account and counts unread mentions. */
  async loadReadMarkers(server: Server): Promise<void> {
    const before = new Map(this.#marked);
    // A response does not include what was read while it was in flight.
    const isUnchanged = (channel: number): boolean => this.#marked.get(channel) === before.get(channel);
    try {
      const reads = await server.fetchLastReads();
      for (const { channelUuid, unread, messageUuid } of reads) {
        if (isUnchanged(channelUuid)) this.unread.update(channelUuid, unread, messageUuid);
      }
      this.unread.isKnown = true;
      const marked = new Map(reads.map((read) => [read.channelUuid, read]));
      const searched = server.channels
        .filter(({ uuid }) => marked.get(uuid)?.unread !== 0)
        .slice(0, maxSearchedChannels);
      for (const channel of searched) {
        // One unreadable channel must not stop the others.
        await this.#countUnread(server, channel, marked, isUnchanged).catch(() => {});
      }
    } finally {
      this.unread.isKnown = true;
    }
  }

  /**
   * Counts unread messages and mentions of a channel from its history. Without a read marker the history is
   * the only source.
   */
  async #countUnread(
    server: Server,
    channel: Channel,
    marked: ReadonlyMap<number, { readonly unread: number }>,
    isUnchanged: (channel: number) => boolean,
  ): Promise<void> {
    if (marked.size === 0) {
      // New account: existing messages count as read, so that later ones count as unread.
      const newest = await this.#newestBeforeLive(channel);
      if (newest && isUnchanged(channel.uuid)) await server.command("mark_as_read", { message: newest.uuid });
      return;
    }
    const marker = marked.get(channel.uuid);
    const page = await channel.fetchHistory({
      count: Math.min(marker?.unread ?? maxSearchedMessages, maxSearchedMessages),
    });
    if (page.length === 0 || !isUnchanged(channel.uuid)) return;
    const others = page.filter(({ author }) => author !== server.self);
    if (!marker) this.unread.update(channel.uuid, others.length, undefined);
    const name = server.self?.username ?? "";
    this.unread.addFound(
      channel.uuid,
      others.map(({ uuid, content }) => ({ uuid, isMention: mentions(content, name) })),
    );
  }

  /** Returns the newest message from before the first live message of this page. */
  async #newestBeforeLive(channel: Channel): Promise<Message | undefined> {
    const [newest] = await channel.fetchHistory({ count: 1 });
    const before = this.#firstArrived.get(channel.uuid);
    return before === undefined ? newest : (await channel.fetchHistory({ count: 1, before }))[0];
  }

  #handleMessage(message: Message): void {
    const entry = entryOf(message);
    const { channel } = message;
    if (!this.#firstArrived.has(channel.uuid)) this.#firstArrived.set(channel.uuid, entry.uuid);
    const { self, selfUuid } = this.#context.server() ?? {};
    const isOwn = entry.author === selfUuid;
    if (message.nonce !== undefined) this.outbox.remove(message.nonce);
    else if (isOwn) this.outbox.markSeen(channel.uuid, entry.content);
    const isNew = this.#logs.get(channel.uuid)?.append(entry) ?? true;
    this.typingUsers.remove(channel.uuid, entry.author);
    if (!isNew) return;
    if (isOwn) this.slowMode.recordSent(channel);
    if (isOwn || this.#context.isWatching(channel.uuid)) {
      queueMicrotask(() => this.markRead(channel.uuid));
    } else {
      this.unread.increment(channel.uuid, entry.uuid, mentions(entry.content, self?.username ?? ""));
    }
    if (!isOwn) this.#context.onMessage(channel, entry);
  }

  async #sendPending({ channel: uuid, content, replyTo, nonce }: PendingMessage): Promise<void> {
    const server = this.#context.server();
    const channel = server?.getChannel(uuid);
    if (!server || !this.#context.isReady()) throw new AsterError("CONNECTION_LOST", "not connected");
    if (!channel) throw new CommandError("send", 404);
    server.checkConnection();
    const hasNonce = server.extensions.has("nonce");
    const message = await this.slowMode.trackSend(
      channel,
      channel.send(content, { replyTo, signal: this.#lost.signal, ...(hasNonce && { nonce }) }),
    );
    this.#logs.get(uuid)?.append(entryOf(message));
  }
}
