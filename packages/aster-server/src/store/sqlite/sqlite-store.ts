import { type Logger, raceSignal, silentLogger } from "@asterite/util";
import type { Kysely } from "kysely";
import { AuditTable } from "../audit-table.ts";
import type { CommitObserver } from "../commit-observer.ts";
import { FileTable } from "../file-table.ts";
import type { InitialContent } from "../initial-content.ts";
import { MemoryCooldowns } from "../memory-cooldowns.ts";
import type { AccessRules, LongQueries, Store, StoreAccess, UnitOfWork } from "../store.ts";
import { sourceOver } from "../table-source.ts";
import { readAccessRules } from "./access-rules.ts";
import { SqliteAccounts } from "./accounts.ts";
import { backUpDatabase } from "./backup.ts";
import { SqliteChannels } from "./channels.ts";
import { SqliteCommitQueue } from "./commit-queue.ts";
import { type OpenDatabase, openDatabase } from "./database.ts";
import { DeletedTextCleaner } from "./deleted-text-cleaner.ts";
import { SqliteEvents, startEpoch } from "./events.ts";
import { SqliteGroups } from "./groups.ts";
import { SqliteInvites } from "./invites.ts";
import { LogPosition } from "./log-position.ts";
import { SqliteLongQueries } from "./long-queries.ts";
import { LongQueryThread } from "./long-query-thread.ts";
import { SqliteMessages } from "./messages.ts";
import { SqliteReadMarkers } from "./read-markers.ts";
import type { Tables } from "./schema.ts";
import { SearchIndex } from "./search-index.ts";
import { SqliteServerProfile } from "./server-profile.ts";
import { SqliteSync } from "./sync.ts";
import { SqliteTokens } from "./tokens.ts";
import { WriteAheadLog } from "./write-ahead-log.ts";

/** Opens a store over an SQLite file, or `:memory:`. */
export function openSqliteStore(
  file: string,
  initial: InitialContent,
  logger = silentLogger,
  observe?: CommitObserver,
): Store {
  const database = openDatabase(file, initial, logger);
  // A database in memory is visible only to its own connection.
  const isInMemory = file === ":memory:";
  const threads = isInMemory
    ? undefined
    : { searches: new LongQueryThread(file), markers: new LongQueryThread(file) };
  const position = isInMemory ? undefined : new LogPosition(file, database.raw, logger);
  if (position?.isDatabaseReplaced()) {
    startEpoch(database.raw);
    logger.warn({ file }, "database replaced with another copy: new epoch");
  }
  position?.write();
  const log = isInMemory ? undefined : new WriteAheadLog(file, database.raw);
  return new SqliteStore(database, { threads, position, log, observe, logger });
}

/** Parts of a store beside its database. A database in memory has no threads, position or log. */
interface StoreParts {
  /** Threads for searches and for read markers, so that a slow search delays no count of unread messages. */
  readonly threads: { readonly searches: LongQueryThread; readonly markers: LongQueryThread } | undefined;
  readonly position: LogPosition | undefined;
  readonly log: WriteAheadLog | undefined;
  readonly observe: CommitObserver | undefined;
  readonly logger: Logger;
}

/** Interval at which the progress of a long indexing is logged. */
const progressIntervalMs = 5000;

class SqliteStore implements Store {
  readonly read: StoreAccess;
  readonly #database: OpenDatabase;
  readonly #logger: Logger;
  readonly #queue: SqliteCommitQueue;
  readonly #cleaner: DeletedTextCleaner;
  readonly #threads: StoreParts["threads"];
  readonly #position: LogPosition | undefined;
  readonly #log: WriteAheadLog | undefined;
  readonly #searches: LongQueries;
  readonly #markers: LongQueries;
  readonly #searchIndex: SearchIndex;
  #indexing: Promise<void> | undefined;
  #isClosing = false;

  constructor(database: OpenDatabase, { threads, position, log, observe, logger }: StoreParts) {
    this.#logger = logger;
    this.#database = database;
    this.#threads = threads;
    this.#position = position;
    this.#log = log;
    const inThisThread = new SqliteLongQueries(database.query);
    this.#searches = threads?.searches ?? inThisThread;
    this.#markers = threads?.markers ?? inThisThread;
    this.#searchIndex = new SearchIndex(database.query);
    this.#cleaner = new DeletedTextCleaner(database.raw, logger);
    this.#queue = new SqliteCommitQueue(database.raw, {
      flush: log && (() => log.flush()),
      afterCommit: () => {
        position?.writeSoon();
        this.#cleaner.cleanIfDue();
      },
      observe,
    });
    this.read = new SqliteAccess(database, this.#cleaner);
    // If it fails, the first search retries it and reports the error.
    this.#updateSearchIndex().catch(() => {});
  }

  get hasFailed(): boolean {
    return this.#queue.hasFailed;
  }

  readonly longQueries: LongQueries = {
    search: async (query, signal) => {
      const updated = this.#updateSearchIndex();
      await (signal ? raceSignal(updated, signal) : updated);
      return this.#searches.search(query, signal);
    },
    readMarkers: (user) => this.#markers.readMarkers(user),
    readMarker: (user, channel) => this.#markers.readMarker(user, channel),
  };

  transact<Result>(unit: UnitOfWork<Result>): Promise<void> {
    let onCommit = (): void => {};
    return this.#queue.enqueue({
      rate: unit.rate,
      run: async () => {
        const result = await unit.run(this.read);
        onCommit = () => unit.onCommit(result);
      },
      onCommit: () => onCommit(),
    });
  }

  withSavepoint<Result>(part: () => Promise<Result>): Promise<Result> {
    return this.#queue.withSavepoint(part);
  }

  backUp(file: string): Promise<void> {
    return backUpDatabase(this.#database.raw, file);
  }

  async close(): Promise<void> {
    this.#isClosing = true;
    this.#cleaner.close();
    await Promise.all([this.#threads?.searches.close(), this.#threads?.markers.close()]);
    await this.#queue.whenIdle();
    this.#position?.close();
    await this.#database.query.destroy();
    // Kysely closes the database only if it ran a query.
    if (this.#database.raw.isOpen) this.#database.raw.close();
    this.#log?.close();
    if (this.#database.lock?.isOpen) this.#database.lock.close();
  }

  /** Brings the index up to date, in small transactions between which other units run. */
  #updateSearchIndex(): Promise<void> {
    this.#indexing ??= this.#indexAllMessages().finally(() => {
      this.#indexing = undefined;
    });
    return this.#indexing;
  }

  async #indexAllMessages(): Promise<void> {
    let loggedAt = performance.now();
    for (let isBehind = true; isBehind && !this.#isClosing; ) {
      await this.transact({
        run: () => this.#searchIndex.indexNextBatch(),
        onCommit: ({ indexedRow, newestRow }) => {
          isBehind = indexedRow < newestRow;
          if (performance.now() - loggedAt < progressIntervalMs) return;
          loggedAt = performance.now();
          this.#logger.info({ indexed: indexedRow, total: newestRow }, "search index is being built");
        },
      });
    }
  }
}

class SqliteAccess implements StoreAccess {
  readonly accounts: SqliteAccounts;
  readonly tokens: SqliteTokens;
  readonly invites: SqliteInvites;
  readonly messages: SqliteMessages;
  readonly channels: SqliteChannels;
  readonly groups: SqliteGroups;
  readonly sync: SqliteSync;
  readonly readMarkers: SqliteReadMarkers;
  readonly server: SqliteServerProfile;
  readonly events: SqliteEvents;
  readonly cooldowns = new MemoryCooldowns();
  readonly audit: AuditTable;
  readonly files: FileTable;
  readonly #query: Kysely<Tables>;

  constructor(database: OpenDatabase, cleaner: DeletedTextCleaner) {
    const { query } = database;
    this.#query = query;
    this.accounts = new SqliteAccounts(query);
    this.tokens = new SqliteTokens(query);
    this.invites = new SqliteInvites(query);
    this.messages = new SqliteMessages(database, () => cleaner.request());
    this.channels = new SqliteChannels(query);
    this.groups = new SqliteGroups(query);
    this.sync = new SqliteSync(query);
    this.readMarkers = new SqliteReadMarkers(query);
    this.server = new SqliteServerProfile(query);
    this.events = new SqliteEvents(database);
    this.audit = AuditTable.over(query);
    this.files = new FileTable(sourceOver(query));
  }

  readAccessRules(): Promise<AccessRules> {
    return readAccessRules(this.#query);
  }
}
