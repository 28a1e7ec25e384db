import type { Emoji, Message, Permissions, SessionToken, SyncServer } from "@asterite/aster-protocol";

/** An account as it is stored, without its password. */
export interface StoredUser {
  readonly uuid: number;
  readonly name: string;
  /** Base64 of a PNG. */
  readonly pfp: string;
  /** The user's groups, in the order in which they were given. */
  readonly groups: readonly number[];
}

/** What a login is checked against. */
export interface StoredCredentials {
  readonly uuid: number;
  /** PHC string; empty for a legacy account that adopts the first password given. */
  readonly password: string;
  readonly isBanned: boolean;
}

/** Whose session token it is. */
export interface TokenOwner {
  readonly user: StoredUser;
  readonly isBanned: boolean;
}

/** That a session token was used. */
export interface TokenUse {
  readonly hash: Uint8Array;
  readonly date: number;
}

/** Accounts. */
export interface AccountStore {
  /** All of them in the order in which they were created. */
  list(): Promise<StoredUser[]>;
  get(uuid: number): Promise<StoredUser | undefined>;
  findCredentialsByUuid(uuid: number): Promise<StoredCredentials | undefined>;
  /** Names are not unique in old databases: the oldest account counts. */
  findCredentialsByName(name: string): Promise<StoredCredentials | undefined>;
  /** Stores a new account without groups under a fresh uuid, which is returned. */
  add(user: { name: string; pfp: string; password: string }): Promise<number>;
  update(uuid: number, change: { name?: string; pfp?: string; password?: string }): Promise<void>;
  setGroups(uuid: number, groups: readonly number[]): Promise<void>;
  /** Takes away what is the user's alone, and leaves a nameless account behind that cannot be logged in to. */
  erase(uuid: number, replacement: { name: string; pfp: string }): Promise<void>;
  ban(uuid: number, date: number): Promise<void>;
  /** Says whether there was a ban. */
  unban(uuid: number): Promise<boolean>;
  listBans(): Promise<{ user: number; date: number }[]>;
}

/** Session tokens, known by their hashes. */
export interface TokenStore {
  add(token: { hash: Uint8Array; user: number; client: string; date: number }): Promise<void>;
  /** The account behind a token. */
  findOwner(hash: Uint8Array): Promise<TokenOwner | undefined>;
  /** Notes when tokens were used; those that are gone are passed over. */
  recordUses(uses: readonly TokenUse[]): Promise<void>;
  list(user: number): Promise<SessionToken[]>;
  /** Says whether the user had such a token. */
  revoke(user: number, id: number): Promise<boolean>;
  revokeAll(user: number): Promise<void>;
}

/** A page of a channel's messages. */
export interface HistoryQuery {
  readonly channel: number;
  /** Most messages to return. */
  readonly limit: number;
  /** Only messages stored before this one, which may be in any channel. */
  readonly before?: number | undefined;
}

/** What to look for in the texts of messages. */
export interface SearchQuery {
  readonly words: string;
  /** Only messages in these channels. */
  readonly channels: readonly number[];
  readonly author?: number | undefined;
  readonly before?: number | undefined;
  readonly limit: number;
}

/** Messages. */
export interface MessageStore {
  get(uuid: number): Promise<Message | undefined>;
  /** Those of several that exist, by uuid. */
  getMany(uuids: readonly number[]): Promise<ReadonlyMap<number, Message>>;
  /** Oldest first; undefined if `before` does not exist. */
  readPage(query: HistoryQuery): Promise<Message[] | undefined>;
  /** Stores a message under a fresh uuid and returns it whole. */
  add(message: Omit<Message, "uuid" | "edited">): Promise<Message>;
  edit(message: Message, content: string): Promise<void>;
  remove(message: Message): Promise<void>;
  /** The message that a user sent under a nonce during the day before a Unix time in seconds. */
  findByNonce(user: number, nonce: string, date: number): Promise<number | undefined>;
  rememberNonce(user: number, nonce: string, message: number, date: number): Promise<void>;
}

/** A message that was found, with what was found marked in a part of its text. */
export type FoundMessage = Message & { snippet: string };

/**
 * Questions whose answers may take long to find. They see what is committed, are asked outside transactions, and
 * hold up nobody else.
 */
export interface LongQueries {
  /** Newest first; undefined if `before` does not exist. */
  search(query: SearchQuery): Promise<FoundMessage[] | undefined>;
  /** All read markers of a user. */
  readMarkers(user: number): Promise<ReadMarker[]>;
  /** One of them. */
  readMarker(user: number, channel: number): Promise<ReadMarker | undefined>;
}

/** A channel as it is stored; overrides are apart. */
export interface StoredChannel {
  readonly uuid: number;
  readonly name: string;
  readonly position: number;
  /** Seconds that a user has to wait between two messages. */
  readonly slowSeconds: number;
}

/** Whom an override concerns. */
export interface Entity {
  readonly type: "user" | "group";
  readonly uuid: number;
}

/** What one channel says differently for one group or user. */
export interface StoredOverride {
  readonly channel: number;
  readonly entity: Entity;
  readonly permissions: Permissions;
}

/** Channels. Positions are the caller's to keep without gaps. */
export interface ChannelStore {
  add(channel: { name: string; position: number }): Promise<number>;
  rename(uuid: number, name: string): Promise<void>;
  setPositions(positions: ReadonlyMap<number, number>): Promise<void>;
  setOverrides(uuid: number, overrides: readonly Omit<StoredOverride, "channel">[]): Promise<void>;
  setSlowSeconds(uuid: number, seconds: number): Promise<void>;
  remove(uuid: number): Promise<void>;
}

/** A group as it is stored. */
export interface StoredGroup {
  readonly uuid: number;
  readonly name: string;
  readonly colour: number;
  readonly permissions: Permissions;
  readonly position: number;
}

/** Groups. Positions are the caller's to keep without gaps. */
export interface GroupStore {
  add(group: Omit<StoredGroup, "uuid">): Promise<number>;
  update(group: StoredGroup): Promise<void>;
  setPositions(positions: ReadonlyMap<number, number>): Promise<void>;
  /** Removes the group with its memberships and overrides. */
  remove(uuid: number): Promise<void>;
}

/** Everything that decides who may do what, small enough to be kept in memory. */
export interface AccessRules {
  readonly base: Permissions;
  readonly channels: readonly StoredChannel[];
  readonly groups: readonly StoredGroup[];
  readonly overrides: readonly StoredOverride[];
  /** Groups by user. */
  readonly memberships: ReadonlyMap<number, readonly number[]>;
}

/** What a user keeps here for other servers. */
export interface SyncStore {
  profile(user: number): Promise<{ uname: string; pfp: string } | undefined>;
  setProfile(user: number, profile: { uname: string; pfp: string }): Promise<void>;
  servers(user: number): Promise<SyncServer[]>;
  /** Replaces the whole list; its order counts. */
  setServers(user: number, servers: readonly SyncServer[]): Promise<void>;
}

/** How far a user has read a channel. */
export interface ReadMarker {
  readonly channel: number;
  /** Unix time in seconds of the message read last. */
  readonly date: number;
  /** That message; undefined for a marker that only has a date. */
  readonly message: number | undefined;
  /** Messages in the channel after it. */
  readonly unread: number;
}

/** Read markers. */
export interface ReadMarkerStore {
  set(user: number, message: Message): Promise<void>;
  get(user: number, channel: number): Promise<ReadMarker | undefined>;
}

/** Name and icon as kept in the database, used where the operator gave none. */
export interface StoredServerProfile {
  readonly name: string;
  /** PNG bytes. */
  readonly icon: Uint8Array;
}

/** What the server is, and its emoji. */
export interface ServerProfileStore {
  get(): Promise<StoredServerProfile>;
  update(change: { name?: string; icon?: Uint8Array; base?: Permissions }): Promise<void>;
  listEmoji(): Promise<{ uuid: number; name: string }[]>;
  getEmoji(uuid: number): Promise<Emoji | undefined>;
  addEmoji(emoji: { name: string; data: string }): Promise<number>;
  /** Says whether there was such an emoji. */
  removeEmoji(uuid: number): Promise<boolean>;
}

/** Distances in time that have to be kept, such as that between two messages of a user in a slow channel. */
export interface CooldownStore {
  /**
   * Milliseconds until a key may be used again. 0: it was used just now, and rests from here on for `restMs`. What
   * rests is forgotten some time after it has ended.
   */
  tryStart(key: string, restMs: number): Promise<number>;
}

/** What happened, in the order in which everybody saw it. */
export interface StoredEvent {
  readonly seq: number;
  readonly type: EventType;
  /** The channel that one must be able to read. */
  readonly channel: number | null;
  /** The message or user that it is about. */
  readonly subject: number | null;
}

/** Facts that clients keep, each by the name of the push that tells it; and what only servers act on. */
export type EventType =
  /** The subject's sessions have to end. */
  | "cut_user"
  | "content"
  | "message_edited"
  | "message_deleted"
  | "get_metadata"
  | "list_channels"
  | "list_groups"
  | "list_emoji"
  | "get_name"
  | "get_icon";

/** The log behind catching up. Bounded: old entries go. */
export interface EventStore {
  /** Notes an event and returns its number. */
  add(kind: EventType, channel: number | null, subject: number | null, date: number): Promise<number>;
  /** Number of the newest event; 0 if there is none. */
  newestSeq(): Promise<number>;
  /** Events after a number; undefined if some of them are gone. */
  readAfter(cursor: number, limit: number): Promise<StoredEvent[] | undefined>;
}

/** Everything that can be asked and changed. Inside a transaction one sees what it has written. */
export interface StoreAccess {
  readonly accounts: AccountStore;
  readonly tokens: TokenStore;
  readonly messages: MessageStore;
  readonly channels: ChannelStore;
  readonly groups: GroupStore;
  readonly sync: SyncStore;
  readonly readMarkers: ReadMarkerStore;
  readonly server: ServerProfileStore;
  readonly events: EventStore;
  readonly cooldowns: CooldownStore;
  readAccessRules(): Promise<AccessRules>;
}

/** One piece of work in a transaction. */
export interface UnitOfWork<Result> {
  /**
   * That it only reads. Where several processes share the store, it makes none of them wait, and may run at the same
   * time as other such works; it sees the state of one moment. Default `false`.
   */
  readonly isReadOnly?: boolean;
  /**
   * Reads and writes. What it does becomes durable together or not at all; it must have no effect outside
   * the transaction.
   */
  run(tx: StoreAccess): Promise<Result>;
  /**
   * Called at once when the work is durable, in the order in which works were run, and before any later work
   * of the same store runs. Here, and not before, the world may learn of it.
   */
  onCommit(result: Result): void;
}

/** Keeps the order of what happens here and in other processes that share the database. */
export interface Follower {
  /** From now on, until {@link Follower.pauseAt}, nobody here is told of anything more: a look at the database begins. */
  pause(): void;
  /**
   * Resolves when everybody here has been told of everything up to an event, and nothing after it: works are about
   * to be run on that state, and until {@link Follower.resume} no event of others is told.
   */
  pauseAt(newest: number): Promise<void>;
  /** Everybody here has been told of these events of our own, of which there are none after a failure. */
  resume(own: readonly StoredEvent[]): void;
}

/** What a store that several processes share can do besides. */
export interface SharedLog {
  /** Random name of the database, by which its processes find each other. */
  readonly clusterId: string;
  /** The newest event, and the database's time in milliseconds since 1970. */
  readHead(): Promise<{ readonly newest: number; readonly timeMs: number }>;
  /** Asks this one before it tells the world of anything that was committed. */
  setFollower(follower: Follower): void;
}

/** Where everything that must survive a crash is kept. */
export interface Store {
  /** Only where other processes may have the same database open. */
  readonly sharedLog?: SharedLog;
  /** For questions outside a transaction; what is written through it is durable only with the next commit. */
  readonly read: StoreAccess;
  readonly longQueries: LongQueries;
  /**
   * Runs work and makes it durable; resolves after `committed`. Works of several callers may share one
   * commit. Rejects, with nothing kept of this work, if it throws or if the commit fails.
   */
  transact<Result>(work: UnitOfWork<Result>): Promise<void>;
  /** Runs part of a work so that its writes are undone, and only they, if it throws. */
  withSavepoint<Result>(part: () => Promise<Result>): Promise<Result>;
  /**
   * Writes a copy of everything committed to a new file, while work goes on.
   *
   * @throws Error that says why, if the file exists or the database has its own way to be backed up.
   */
  backUp(file: string): Promise<void>;
  /** Finishes what was begun and closes the database. */
  close(): Promise<void>;
}
