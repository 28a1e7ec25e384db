import type { Message, Permissions } from "@asterite/aster-protocol";

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
}

/** A channel as it is stored; overrides are apart. */
export interface StoredChannel {
  readonly uuid: number;
  readonly name: string;
  readonly position: number;
}

/** A group as it is stored. */
export interface StoredGroup {
  readonly uuid: number;
  readonly name: string;
  readonly colour: number;
  readonly permissions: Permissions;
  readonly position: number;
}

/** What one channel says differently for one group or user. */
export interface StoredOverride {
  readonly channel: number;
  readonly entity: { readonly kind: "user" | "group"; readonly uuid: number };
  readonly permissions: Permissions;
}

/** Everything that decides who may do what, small enough to be kept in memory. */
export interface AccessFacts {
  readonly base: Permissions;
  readonly channels: readonly StoredChannel[];
  readonly groups: readonly StoredGroup[];
  readonly overrides: readonly StoredOverride[];
  /** Groups by user. */
  readonly memberships: ReadonlyMap<number, readonly number[]>;
}

/** Name and icon as kept in the database, used where the operator gave none. */
export interface StoredServer {
  readonly name: string;
  /** PNG bytes. */
  readonly icon: Uint8Array;
}

/** A page of a channel's messages. */
export interface HistoryQuery {
  readonly channel: number;
  /** Most messages to return. */
  readonly limit: number;
  /** Only messages stored before this one, which may be in any channel. */
  readonly before?: number | undefined;
}

/** Questions to the database. Inside a transaction they see what it has written. */
export interface StoreReader {
  server(): Promise<StoredServer>;
  accessFacts(): Promise<AccessFacts>;
  /** All accounts in the order in which they were created. */
  users(): Promise<StoredUser[]>;
  user(uuid: number): Promise<StoredUser | undefined>;
  credentialsByUuid(uuid: number): Promise<StoredCredentials | undefined>;
  /** Names are not unique in old databases: the oldest account counts. */
  credentialsByName(name: string): Promise<StoredCredentials | undefined>;
  message(uuid: number): Promise<Message | undefined>;
  /** Oldest first; undefined if `before` does not exist. */
  history(query: HistoryQuery): Promise<Message[] | undefined>;
}

/** What commands may change. */
export interface StoreWriter extends StoreReader {
  /** Stores a new account without groups under a fresh uuid, which is returned. */
  addUser(user: { name: string; pfp: string; password: string }): Promise<number>;
  setPassword(uuid: number, password: string): Promise<void>;
  /** Stores a message under a fresh uuid and returns it whole. */
  addMessage(message: Omit<Message, "uuid" | "edited">): Promise<Message>;
}

/** One piece of work in a transaction. */
export interface Work<Result> {
  /**
   * Reads and writes. What it does becomes durable together or not at all; it must have no effect outside
   * the transaction.
   */
  run(tx: StoreWriter): Promise<Result>;
  /**
   * Called at once when the work is durable, in the order in which works were run, and before any later work
   * of the same store runs. Here, and not before, the world may learn of it.
   */
  committed(result: Result): void;
}

/** Where everything that must survive a crash is kept. */
export interface Store {
  /** Reads outside a transaction. */
  readonly read: StoreReader;
  /**
   * Runs work and makes it durable; resolves after `committed`. Works of several callers may share one
   * commit. Rejects, with nothing kept of this work, if it throws or if the commit fails.
   */
  transact<Result>(work: Work<Result>): Promise<void>;
  /** Runs part of a work so that its writes are undone, and only they, if it throws. */
  attempt<Result>(part: () => Promise<Result>): Promise<Result>;
  /** Finishes what was begun and closes the database. */
  close(): Promise<void>;
}
