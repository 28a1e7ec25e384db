import type { Kysely } from "kysely";
import type { AccessFacts, Store, StoreAccess, Work } from "../store.ts";
import { readAccessFacts } from "./access-facts.ts";
import { SqliteAccounts } from "./accounts.ts";
import { backUpDatabase } from "./backup.ts";
import { SqliteChannels } from "./channels.ts";
import { type CommitObserver, CommitQueue } from "./commit-queue.ts";
import { type InitialContent, type OpenDatabase, openDatabase } from "./database.ts";
import { SqliteEvents } from "./events.ts";
import { SqliteGroups } from "./groups.ts";
import { SqliteMarkers } from "./markers.ts";
import { SqliteMessages } from "./messages.ts";
import type { Tables } from "./schema.ts";
import { SqliteServer } from "./server-facts.ts";
import { SqliteSync } from "./sync.ts";
import { SqliteTokens } from "./tokens.ts";

/** Opens the embedded store: one SQLite file, or `:memory:`. */
export function openSqliteStore(file: string, initial: InitialContent, observe?: CommitObserver): Store {
  return new SqliteStore(openDatabase(file, initial), observe);
}

class SqliteStore implements Store {
  readonly read: StoreAccess;
  readonly #database: OpenDatabase;
  readonly #queue: CommitQueue;

  constructor(database: OpenDatabase, observe?: CommitObserver) {
    this.#database = database;
    this.#queue = new CommitQueue(database.raw, observe);
    this.read = new SqliteAccess(database.query);
  }

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
    await this.#queue.idle();
    await this.#database.query.destroy();
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
  readonly #query: Kysely<Tables>;

  constructor(query: Kysely<Tables>) {
    this.#query = query;
    this.accounts = new SqliteAccounts(query);
    this.tokens = new SqliteTokens(query);
    this.messages = new SqliteMessages(query);
    this.channels = new SqliteChannels(query);
    this.groups = new SqliteGroups(query);
    this.sync = new SqliteSync(query);
    this.markers = new SqliteMarkers(query);
    this.server = new SqliteServer(query);
    this.events = new SqliteEvents(query);
  }

  accessFacts(): Promise<AccessFacts> {
    return readAccessFacts(this.#query);
  }
}
