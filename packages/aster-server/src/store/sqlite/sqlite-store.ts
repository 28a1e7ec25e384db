import { silentLogger } from "@asterite/util";
import type { Kysely } from "kysely";
import type { CommitObserver } from "../commit-observer.ts";
import type { InitialContent } from "../initial-content.ts";
import { MemoryRests } from "../memory-cooldowns.ts";
import type { AccessFacts, Scans, Store, StoreAccess, Work } from "../store.ts";
import { readAccessFacts } from "./access-rules.ts";
import { SqliteAccounts } from "./accounts.ts";
import { backUpDatabase } from "./backup.ts";
import { SqliteChannels } from "./channels.ts";
import { CommitQueue } from "./commit-queue.ts";
import { type OpenDatabase, openDatabase } from "./database.ts";
import { SqliteEvents } from "./events.ts";
import { SqliteGroups } from "./groups.ts";
import { SqliteScans } from "./long-queries.ts";
import { ScanThread } from "./long-query-thread.ts";
import { SqliteMessages } from "./messages.ts";
import { SqliteMarkers } from "./read-markers.ts";
import type { Tables } from "./schema.ts";
import { SearchIndex } from "./search-index.ts";
import { SqliteServer } from "./server-profile.ts";
import { SqliteSync } from "./sync.ts";
import { SqliteTokens } from "./tokens.ts";

/** Opens the embedded store: one SQLite file, or `:memory:`. */
export function openSqliteStore(
  file: string,
  initial: InitialContent,
  logger = silentLogger,
  observe?: CommitObserver,
): Store {
  const database = openDatabase(file, initial, logger);
  // A database in memory is seen by its own connection only.
  const thread = file === ":memory:" ? undefined : new ScanThread(file);
  return new SqliteStore(database, thread, observe);
}

class SqliteStore implements Store {
  readonly read: StoreAccess;
  readonly #database: OpenDatabase;
  readonly #queue: CommitQueue;
  readonly #thread: ScanThread | undefined;
  readonly #scans: Scans;
  readonly #index: SearchIndex;
  #catchingUp: Promise<void> | undefined;
  #isClosing = false;

  constructor(database: OpenDatabase, thread: ScanThread | undefined, observe?: CommitObserver) {
    this.#database = database;
    this.#thread = thread;
    this.#scans = thread ?? new SqliteScans(database.query);
    this.#index = new SearchIndex(database.query);
    this.#queue = new CommitQueue(database.raw, observe);
    this.read = new SqliteAccess(database);
    // A failure here is met again, and told, by the first search.
    this.#catchUp().catch(() => {});
  }

  readonly scans: Scans = {
    search: async (query) => {
      await this.#catchUp();
      return this.#scans.search(query);
    },
    markers: (user) => this.#scans.markers(user),
    marker: (user, channel) => this.#scans.marker(user, channel),
  };

  transact<Result>(work: Work<Result>): Promise<void> {
    let committed = (): void => {};
    return this.#queue.add({
      run: async () => {
        const result = await work.run(this.read);
        committed = () => work.committed(result);
      },
      committed: () => committed(),
    });
  }

  attempt<Result>(part: () => Promise<Result>): Promise<Result> {
    return this.#queue.attempt(part);
  }

  backUp(file: string): Promise<void> {
    return backUpDatabase(this.#database.raw, file);
  }

  async close(): Promise<void> {
    this.#isClosing = true;
    await this.#thread?.close();
    await this.#queue.idle();
    await this.#database.query.destroy();
    // kysely closes only what it has used.
    if (this.#database.raw.isOpen) this.#database.raw.close();
    if (this.#database.lock?.isOpen) this.#database.lock.close();
  }

  /** Brings the index up to date in small transactions, between which everybody else has their turn. */
  #catchUp(): Promise<void> {
    this.#catchingUp ??= this.#indexAll().finally(() => {
      this.#catchingUp = undefined;
    });
    return this.#catchingUp;
  }

  async #indexAll(): Promise<void> {
    for (let isBehind = true; isBehind && !this.#isClosing; ) {
      await this.transact({
        run: () => this.#index.step(),
        committed: (more) => {
          isBehind = more;
        },
      });
    }
  }
}

class SqliteAccess implements StoreAccess {
  readonly accounts: SqliteAccounts;
  readonly tokens: SqliteTokens;
  readonly messages: SqliteMessages;
  readonly channels: SqliteChannels;
  readonly groups: SqliteGroups;
  readonly sync: SqliteSync;
  readonly markers: SqliteMarkers;
  readonly server: SqliteServer;
  readonly events: SqliteEvents;
  readonly rests = new MemoryRests();
  readonly #query: Kysely<Tables>;

  constructor(database: OpenDatabase) {
    const { query } = database;
    this.#query = query;
    this.accounts = new SqliteAccounts(query);
    this.tokens = new SqliteTokens(query);
    this.messages = new SqliteMessages(database);
    this.channels = new SqliteChannels(query);
    this.groups = new SqliteGroups(query);
    this.sync = new SqliteSync(query);
    this.markers = new SqliteMarkers(query);
    this.server = new SqliteServer(query);
    this.events = new SqliteEvents(database);
  }

  accessFacts(): Promise<AccessFacts> {
    return readAccessFacts(this.#query);
  }
}
