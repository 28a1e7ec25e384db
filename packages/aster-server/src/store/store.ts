import type { Emoji, Message, Permissions, SessionToken, SyncServer } from "@asterite/aster-protocol";
import type { AuditStore } from "./audit-store.ts";
import type { FileStore } from "./file-table.ts";
import type { SharedLog } from "./shared-log.ts";
import type { EventType, StoredEvent } from "./stored-event.ts";

export type { EventType, StoredEvent } from "./stored-event.ts";

/** An account, without its password. */
export interface StoredUser {
  readonly uuid: number;
  readonly name: string;
  /** Profile picture: a PNG in Base64. */
  readonly pfp: string;
  /** UUIDs of the user's groups, in the order in which they were assigned. */
  readonly groups: readonly number[];
  /** Whether the account is declared as a bot. */
  readonly isBot: boolean;
}

/** Credentials that a login is checked against. */
export interface StoredCredentials {
  readonly uuid: number;
  /** Hash as a PHC string; empty for an old account without one, which no login opens. */
  readonly password: string;
  readonly isBanned: boolean;
}

/** Account that a session token belongs to. */
export interface TokenOwner {
  readonly user: StoredUser;
  readonly isBanned: boolean;
  /** Id of the token. */
  readonly token: number;
  /** Unix time in seconds of the token's last use. */
  readonly lastUsed: number;
}

/** Use of a session token. */
export interface TokenUse {
  readonly hash: Uint8Array;
  /** Unix time in seconds. */
  readonly date: number;
}

/** Part of the accounts in order of creation. */
export interface AccountPage {
  /** UUID of the account before the first one; undefined for the beginning. */
  readonly after?: number | undefined;
  readonly limit?: number;
}

/** Accounts. Dates are Unix times in seconds, here and in all other stores. */
export interface AccountStore {
  /** Returns accounts in order of creation, all without a page. */
  list(page?: AccountPage): Promise<StoredUser[]>;
  get(uuid: number): Promise<StoredUser | undefined>;
  findCredentialsByUuid(uuid: number): Promise<StoredCredentials | undefined>;
  /** Returns the credentials of the oldest account with this name; names are not unique in old databases. */
  findCredentialsByName(name: string): Promise<StoredCredentials | undefined>;
  /**
   * Returns an account whose name has a skeleton, except the given account. A name and the names that look like it
   * have one skeleton.
   */
  findLookalike(skeleton: string, exceptUuid?: number): Promise<number | undefined>;
  /** Computes the skeletons of names that another program has written. */
  indexNames(): Promise<void>;
  /** Adds an account without groups under a fresh UUID and returns the UUID. */
  add(user: { name: string; pfp: string; password: string }): Promise<number>;
  update(uuid: number, change: { name?: string; pfp?: string; password?: string }): Promise<void>;
  /** Replaces the groups of an account; their order is kept. */
  setGroups(uuid: number, groups: readonly number[]): Promise<void>;
  /** Declares whether an account is a bot. */
  setBot(uuid: number, isBot: boolean): Promise<void>;
  /**
   * Deletes the user's groups, overrides, tokens, read markers and sync data, and that it is a bot. The account
   * stays under the replacement name and picture, as author of its messages, with a password that matches
   * nothing.
   */
  erase(uuid: number, replacement: { name: string; pfp: string }): Promise<void>;
  /** Bans an account; keeps the date of an earlier ban. */
  ban(uuid: number, date: number): Promise<void>;
  /** Removes a ban. Returns whether there was one. */
  unban(uuid: number): Promise<boolean>;
  /** Returns all bans, oldest first. */
  listBans(): Promise<{ user: number; date: number }[]>;
}

/** Session tokens. Only their hashes are stored. */
export interface TokenStore {
  /**
   * Adds a token and returns its id. An account keeps its 50 most recently used tokens; older ones are deleted.
   */
  add(token: { hash: Uint8Array; user: number; client: string; date: number }): Promise<number>;
  /** Returns the owner of a token; undefined if the token is unknown or revoked. */
  findOwner(hash: Uint8Array): Promise<TokenOwner | undefined>;
  /** Records when tokens were last used; tokens that no longer exist are skipped. */
  recordUses(uses: readonly TokenUse[]): Promise<void>;
  /** Returns the tokens of a user, oldest first. */
  list(user: number): Promise<SessionToken[]>;
  /** Deletes a token of a user. Returns whether the user had it. */
  revoke(user: number, id: number): Promise<boolean>;
  revokeAll(user: number): Promise<void>;
  /** Deletes the tokens of a user that were last used before a date. */
  removeUnused(user: number, before: number): Promise<void>;
}

/** An invite, with which accounts can be registered. Only its hash is stored. */
export interface StoredInvite {
  readonly id: number;
  /** Account that created it, or the operator's id. */
  readonly author: number;
  /** Groups of the accounts that are registered with it. */
  readonly groups: readonly number[];
  readonly created: number;
  /** Time from which it is invalid. */
  readonly expires: number;
  /** Registrations that are left, at least 1. */
  readonly usesLeft: number;
}

/** Invites. */
export interface InviteStore {
  /** Adds an invite and returns its id. */
  add(invite: Omit<StoredInvite, "id"> & { readonly hash: Uint8Array }): Promise<number>;
  find(hash: Uint8Array): Promise<StoredInvite | undefined>;
  /** Returns all invites, oldest first. */
  list(): Promise<StoredInvite[]>;
  /** Takes one of the registrations that are left; removes the invite with the last one. */
  use(id: number): Promise<void>;
  /** Removes an invite. Returns whether it existed. */
  remove(id: number): Promise<boolean>;
  /** Removes the invites that are invalid from a date on. */
  removeExpired(date: number): Promise<void>;
}

/** Selects a page of a channel's messages. */
export interface HistoryQuery {
  readonly channel: number;
  /** Maximum number of messages. */
  readonly limit: number;
  /** UUID of a message of any channel: only messages stored before it are returned. */
  readonly before?: number | undefined;
  /** Bytes of all texts together, above which older messages are left out; the newest one is always returned. */
  readonly maxBytes?: number | undefined;
}

/** Search over messages: by words, or without them, newest first in the order of insertion. */
export interface SearchQuery {
  /** Words that must all occur; the last one matches as a prefix. Empty: any text. */
  readonly words: string;
  /** UUIDs of the channels to search in. */
  readonly channels: readonly number[];
  /** Only messages of this user. */
  readonly author?: number | undefined;
  /** UUID of a message: only messages stored before it are returned. */
  readonly before?: number | undefined;
  /** Only messages sent at this Unix time in seconds or later. */
  readonly since?: number | undefined;
  /** Only messages sent before this Unix time in seconds. */
  readonly until?: number | undefined;
  /** Maximum number of messages. */
  readonly limit: number;
}

/** Messages, in the order in which they were stored. */
export interface MessageStore {
  get(uuid: number): Promise<Message | undefined>;
  /** Returns the messages that exist, by UUID. */
  getMany(uuids: readonly number[]): Promise<ReadonlyMap<number, Message>>;
  /** Returns the newest messages that match, oldest first; undefined if `before` does not exist. */
  readPage(query: HistoryQuery): Promise<Message[] | undefined>;
  /** Adds a message under a fresh UUID and returns it complete. */
  add(message: Omit<Message, "uuid" | "edited">): Promise<Message>;
  /** Replaces the text of a message and marks it as edited. `message` is the stored state. */
  edit(message: Message, content: string): Promise<void>;
  /** Deletes a message. `message` is the stored state. */
  remove(message: Message): Promise<void>;
  /** Returns the UUID of the message that a user sent with this nonce in the 24 hours before `date`. */
  findByNonce(user: number, nonce: string, date: number): Promise<number | undefined>;
  /** Stores the nonce that a message was sent with. */
  rememberNonce(user: number, nonce: string, message: number, date: number): Promise<void>;
}

/** Search hit: a message with an excerpt of its text, in which the matches are enclosed in `**`. */
export type FoundMessage = Message & { snippet: string };

/**
 * Queries that may scan many rows. They run outside transactions, see committed data only, and do not block
 * units of work.
 */
export interface LongQueries {
  /**
   * Searches messages. Returns hits newest first; undefined if `before` does not exist. Rejects soon after the signal
   * is aborted; the database then stops to search.
   *
   * @throws SearchError if the database fails.
   */
  search(query: SearchQuery, signal?: AbortSignal): Promise<FoundMessage[] | undefined>;
  /** Returns all read markers of a user. */
  readMarkers(user: number): Promise<ReadMarker[]>;
  /** Returns the read marker of a user in one channel. */
  readMarker(user: number, channel: number): Promise<ReadMarker | undefined>;
}

/** A channel, without its overrides. */
export interface StoredChannel {
  readonly uuid: number;
  readonly name: string;
  readonly position: number;
  /** Slow mode: minimum interval between two messages of a user, in seconds; 0 for none. */
  readonly slowSeconds: number;
}

/** User or group that an override applies to. */
export interface Entity {
  readonly type: "user" | "group";
  readonly uuid: number;
}

/** Permissions of one group or user in one channel. */
export interface StoredOverride {
  readonly channel: number;
  readonly entity: Entity;
  readonly permissions: Permissions;
}

/** Channels. The caller keeps positions free of gaps. */
export interface ChannelStore {
  add(channel: { name: string; position: number }): Promise<number>;
  rename(uuid: number, name: string): Promise<void>;
  setPositions(positions: ReadonlyMap<number, number>): Promise<void>;
  /** Replaces all overrides of a channel. */
  setOverrides(uuid: number, overrides: readonly Omit<StoredOverride, "channel">[]): Promise<void>;
  /** Removes all overrides, also those of removed channels. Returns their number. */
  removeAllOverrides(): Promise<number>;
  /** Sets the slow mode of a channel; 0 turns it off. */
  setSlowSeconds(uuid: number, seconds: number): Promise<void>;
  /** Removes a channel. Its messages, overrides and read markers stay in the database. */
  remove(uuid: number): Promise<void>;
}

/** A group of users. */
export interface StoredGroup {
  readonly uuid: number;
  readonly name: string;
  readonly colour: number;
  readonly permissions: Permissions;
  readonly position: number;
}

/** Groups. The caller keeps positions free of gaps. */
export interface GroupStore {
  add(group: Omit<StoredGroup, "uuid">): Promise<number>;
  update(group: StoredGroup): Promise<void>;
  setPositions(positions: ReadonlyMap<number, number>): Promise<void>;
  /** Removes the group with its memberships and overrides. */
  remove(uuid: number): Promise<void>;
}

/** Input of permission checks; small enough to be kept in memory. */
export interface AccessRules {
  /** Permissions of users whose groups and overrides leave a permission undecided. */
  readonly base: Permissions;
  readonly channels: readonly StoredChannel[];
  readonly groups: readonly StoredGroup[];
  readonly overrides: readonly StoredOverride[];
  /** UUIDs of groups by user. */
  readonly memberships: ReadonlyMap<number, readonly number[]>;
}

/** Sync data: profile and server list that a user stores here for use on other servers. */
export interface SyncStore {
  profile(user: number): Promise<{ uname: string; pfp: string } | undefined>;
  setProfile(user: number, profile: { uname: string; pfp: string }): Promise<void>;
  servers(user: number): Promise<SyncServer[]>;
  /** Returns the sizes of the stored texts, in bytes of UTF-8, without reading them. */
  readSizes(user: number): Promise<{ readonly profile: number; readonly servers: number }>;
  /** Replaces the list; its order is kept. */
  setServers(user: number, servers: readonly SyncServer[]): Promise<void>;
}

/** Position up to which a user has read a channel. */
export interface ReadMarker {
  readonly channel: number;
  /** Unix time in seconds of the last message read. */
  readonly date: number;
  /** UUID of that message; undefined for a marker of the reference server, which has only a date. */
  readonly message: number | undefined;
  /** Number of messages in the channel after it. */
  readonly unread: number;
}

/** Read markers of users, one for each channel. */
export interface ReadMarkerStore {
  /**
   * Moves the marker of the channel that the message is in to that message, unless it is there or after it
   * already. Returns whether it was moved.
   */
  set(user: number, message: Message): Promise<boolean>;
  get(user: number, channel: number): Promise<ReadMarker | undefined>;
}

/** Identity of the server, with name and icon, which are used where the server's options set none. */
export interface StoredServerProfile {
  /** Random id, created with the database and kept by backups, restores, imports and exports. */
  readonly serverId: string;
  readonly name: string;
  /** PNG bytes. */
  readonly icon: Uint8Array;
}

/** The server's name, icon, base permissions and emoji. */
export interface ServerProfileStore {
  get(): Promise<StoredServerProfile>;
  update(change: { name?: string; icon?: Uint8Array; base?: Permissions }): Promise<void>;
  listEmoji(): Promise<{ uuid: number; name: string }[]>;
  getEmoji(uuid: number): Promise<Emoji | undefined>;
  addEmoji(emoji: { name: string; data: string }): Promise<number>;
  /** Removes an emoji. Returns whether it existed. */
  removeEmoji(uuid: number): Promise<boolean>;
}

/** Limit on the uses of something: `burst` at once, then one per cooldown. */
export interface UseLimit {
  readonly cooldownMs: number;
  /** Default 1: the cooldown is the minimum interval between two uses. */
  readonly burst?: number;
}

/** Cooldowns, e.g. slow mode. Where processes share the database, they share its cooldowns. */
export interface CooldownStore {
  /** Counts a use of a key if it is within the limit. Returns 0 if it is, otherwise the ms until the next one is. */
  tryStart(key: string, limit: UseLimit): Promise<number>;
  /** Returns the same as {@link CooldownStore.tryStart} without counting a use. */
  remainingMs(key: string, limit: UseLimit): Promise<number>;
}

/**
 * Event log, from which clients and processes catch up. Bounded: at least the newest 100,000 events are kept.
 */
export interface EventStore {
  /** Appends an event and returns its number. Only inside a transaction. */
  add(kind: EventType, channel: number | null, subject: number | null, date: number): Promise<number>;
  /** Returns the number of the newest event; 0 if there has been none. */
  newestSeq(): Promise<number>;
  /** Returns the events after a number, oldest first; undefined if some of them are no longer kept. */
  readAfter(cursor: number, limit: number): Promise<StoredEvent[] | undefined>;
  /** Returns the present epoch. */
  readEpoch(): Promise<Epoch>;
  /** Starts a new epoch after the newest event and returns its id. Only inside a transaction. */
  startEpoch(): Promise<string>;
}

/**
 * Period in which the event log only grew. When the data goes back to an earlier state, such as a backup, event
 * numbers are assigned again to other events, so a new epoch starts: numbers of two epochs are not comparable
 * after the fork.
 */
export interface Epoch {
  /** Random id. */
  readonly id: string;
  /** Earlier epochs that this one continues, oldest first; bounded. */
  readonly forks: readonly EpochFork[];
}

/** Earlier epoch, with the number of the last event that it shares with the present one. */
interface EpochFork {
  readonly epoch: string;
  readonly cursor: number;
}

/** Repositories of one database. Inside a transaction, reads see its own earlier writes. */
export interface StoreAccess {
  readonly accounts: AccountStore;
  readonly tokens: TokenStore;
  readonly invites: InviteStore;
  readonly messages: MessageStore;
  readonly files: FileStore;
  readonly channels: ChannelStore;
  readonly groups: GroupStore;
  readonly sync: SyncStore;
  readonly readMarkers: ReadMarkerStore;
  readonly server: ServerProfileStore;
  readonly events: EventStore;
  readonly cooldowns: CooldownStore;
  readonly audit: AuditStore;
  readAccessRules(): Promise<AccessRules>;
}

/** Unit of work: reads and writes that take effect together. */
export interface UnitOfWork<Result> {
  /**
   * Whether it only reads; writes then throw. Where processes share the database, such units do not wait for
   * the other processes and may run concurrently, all on one snapshot. Default `false`.
   */
  readonly isReadOnly?: boolean;
  /**
   * Rate that the unit counts against. Where units wait for each other, those with more tokens left run first, so that
   * heavy users wait for the others. Default unlimited.
   */
  readonly rate?: UnitRate | undefined;
  /**
   * Reads and writes through `tx`. If it throws or rejects, its writes are undone. It must have no other side
   * effects, because the commit may still fail.
   */
  run(tx: StoreAccess): Promise<Result>;
  /**
   * Called synchronously when the result is durable, in the order in which units ran and before the next unit
   * of this store runs. Side effects, such as publishing the change, belong here.
   */
  onCommit(result: Result): void;
}

/** Rate of an account or address, as the store sees it. */
export interface UnitRate {
  /** Tokens left at this time. */
  readonly level: number;
}

/** Durable storage of a server. */
export interface Store {
  /** Whether every unit of work rejects until the server is restarted, because the disk failed. Default `false`. */
  readonly hasFailed?: boolean;
  /** Present only if other processes may have the same database open. */
  readonly sharedLog?: SharedLog;
  /**
   * Access outside transactions, for reads. In PostgreSQL writes reject; in SQLite they become durable only
   * with the next commit.
   */
  readonly read: StoreAccess;
  readonly longQueries: LongQueries;
  /**
   * Runs a unit of work in a transaction and resolves after its `onCommit`. Units of several callers may
   * share one commit; those that write run one after the other, in the order of the calls or of their rates.
   * Rejects, with none of its writes kept, if `run` throws or the commit fails.
   */
  transact<Result>(unit: UnitOfWork<Result>): Promise<void>;
  /** Runs part of the current unit of work. If it throws, only the writes of this part are undone. */
  withSavepoint<Result>(part: () => Promise<Result>): Promise<Result>;
  /**
   * Writes a copy of all committed data to a new file, while the store is in use.
   *
   * @throws Error if the file exists, or if the database has its own backup tool.
   */
  backUp(file: string): Promise<void>;
  /** Waits for the units of work in progress, then closes the database. */
  close(): Promise<void>;
}
