import type { Channel as ChannelData, Permissions } from "@asterite/aster-protocol";
import type { Server } from "../server.ts";
import type { RequestOptions } from "../session/request-matcher.ts";
import { type HistoryOptions, type HistoryWalkOptions, walkHistory } from "../sync/history.ts";
import type { SearchOptions, SearchResult } from "../sync/search.ts";
import type { SendOptions } from "../sync/sending.ts";
import type { ChannelState } from "./channel-state.ts";
import type { Message } from "./message.ts";

/** Permissions that a channel changes for users and groups, keyed by `user:<uuid>` or `group:<uuid>`. */
export type ChannelOverrides = Readonly<Record<string, Permissions>>;

/** What can be changed of a channel; what is not given stays. */
export interface ChannelChanges {
  /** 1 to 64 characters, without `#`. */
  readonly name?: string;
  /** Place in the list from 0, the topmost. */
  readonly position?: number;
  /** Replaces all overrides; needs the extension `overrides`. */
  readonly overrides?: ChannelOverrides;
  /** Seconds that an account waits between two messages, 0 for none; needs the extension `slowmode`. */
  readonly slowSeconds?: number;
}

let update: (channel: Channel, data: ChannelData) => void;

/** A channel of a server. The object stays the same while its channel changes. */
export class Channel {
  /** The server that the channel is on. */
  readonly server: Server;
  #data: ChannelData;

  /** @internal */
  constructor(server: Server, data: ChannelData) {
    this.server = server;
    this.#data = data;
  }

  static {
    update = (channel, data) => {
      channel.#data = data;
    };
  }

  /** Identifies the channel on its server. */
  get uuid(): number {
    return this.#data.uuid;
  }

  /** The name without `#`; empty for a channel that this account cannot see. */
  get name(): string {
    return this.#data.name;
  }

  /** Place in the list; 0 is the topmost. */
  get position(): number {
    return this.#data.position;
  }

  /** What the channel changes of the permissions of users and groups. */
  get overrides(): ChannelOverrides {
    return this.#data.permissions;
  }

  /** Seconds that an account waits between two messages; 0 without slow mode. */
  get slowSeconds(): number {
    return this.#data.slow_seconds ?? 0;
  }

  /** The messages of this channel that are kept, oldest first. */
  get messages(): readonly Message[] {
    return this.server.getMessages(this.uuid);
  }

  /** The message, if it is kept. */
  getMessage(uuid: number): Message | undefined {
    const message = this.server.getMessage(uuid);
    return message?.channel === this ? message : undefined;
  }

  /**
   * Sends a text.
   *
   * Where the server has the extension `nonce`, a loss of the connection meanwhile is waited out and the
   * message stored exactly once. Elsewhere the promise rejects with `CONNECTION_LOST`, and whether the message
   * was stored is not known.
   *
   * @returns The message as the server stored it.
   * @throws CommandError with status 400 (empty or too long), 403 (not allowed here) or 404 (the channel or
   * the message answered is gone).
   */
  send(content: string, options: SendOptions = {}): Promise<Message> {
    return this.server.sendMessage(this, content, options);
  }

  /**
   * Asks for messages, oldest first. Fewer than asked for means that the beginning was reached, or the
   * server's own limit.
   *
   * @throws CommandError with status 403 (not allowed to read here) or 404.
   */
  fetchHistory(options: HistoryOptions = {}): Promise<Message[]> {
    return this.server.fetchHistory(this, options);
  }

  /**
   * Walks back through the messages, newest first, and asks for the next page while the loop is busy with the
   * one before.
   *
   * @throws CommandError as {@link Channel.fetchHistory} does; the signal's reason when it aborts.
   */
  history(options: HistoryWalkOptions = {}): AsyncGenerator<Message, void, undefined> {
    return walkHistory(this, options);
  }

  /**
   * Looks for words in this channel, newest first.
   *
   * @throws ExtensionError without the extension `search`.
   */
  search(query: string, options: Omit<SearchOptions, "channel"> = {}): Promise<SearchResult[]> {
    return this.server.search(query, { ...options, channel: this });
  }

  /** Asks how many messages came after the read marker; 0 if there is no marker. */
  async fetchUnreadCount(options: RequestOptions = {}): Promise<number> {
    return (await this.server.command("get_num_unread", { channel: this.uuid }, options)).num;
  }

  /**
   * Changes the channel; needs `modify_channels`.
   *
   * @throws ExtensionError for overrides or slow mode where the server does not have them.
   */
  async edit(changes: ChannelChanges, options: RequestOptions = {}): Promise<void> {
    await this.server.command(
      "update_channel",
      { uuid: this.uuid, ...channelFields(this.server, changes) },
      options,
    );
  }

  /** Deletes the channel; needs `modify_channels`. */
  async delete(options: RequestOptions = {}): Promise<void> {
    await this.server.command("delete_channel", { channel: this.uuid }, options);
  }

  /**
   * Tells the others that this account is writing; servers pass on one such sign in three seconds.
   *
   * @throws ExtensionError without the extension `typing`.
   */
  async sendTyping(options: RequestOptions = {}): Promise<void> {
    this.server.requireExtension("typing");
    await this.server.command("typing", { channel: this.uuid }, options);
  }

  /**
   * Publishes a value in the channel for as long as this connection lasts; the first writer owns the key.
   *
   * @param key - 1 to 32 characters.
   * @param value - Anything that JSON can hold, up to 16 kB; null takes it away.
   * @throws ExtensionError without the extension `state`.
   */
  async setState(key: string, value: unknown, options: RequestOptions = {}): Promise<void> {
    this.server.requireExtension("state");
    await this.server.command("set_channel_state", { channel: this.uuid, key, value }, options);
  }

  /**
   * Asks for what is published in the channel at the moment.
   *
   * @throws ExtensionError without the extension `state`.
   */
  async fetchState(options: RequestOptions = {}): Promise<ChannelState[]> {
    this.server.requireExtension("state");
    const { data } = await this.server.command("list_channel_state", { channel: this.uuid }, options);
    return data.map(({ key, value, author_uuid }) => ({
      channel: this,
      key,
      value,
      authorUuid: author_uuid,
    }));
  }
}

/** Replaces what is known of a channel; for the server object only. */
export const updateChannel = (channel: Channel, data: ChannelData): void => update(channel, data);

/** The changes as they travel. A server without overrides refuses a command that has some. */
export function channelFields(server: Server, changes: ChannelChanges) {
  const { name, position, overrides, slowSeconds } = changes;
  if (overrides && Object.keys(overrides).length > 0) server.requireExtension("overrides");
  if (slowSeconds !== undefined) server.requireExtension("slowmode");
  return {
    ...(name !== undefined && { name }),
    ...(position !== undefined && { position }),
    ...(overrides && {
      permissions: Object.fromEntries(
        Object.entries(overrides).map(([entity, permissions]) => [entity, permissions.toBytes()]),
      ),
    }),
    ...(slowSeconds !== undefined && { slow_seconds: slowSeconds }),
  };
}
