import { type Message, Permissions } from "@asterite/aster-protocol";
import { type Kysely, type Selectable, sql } from "kysely";
import { silentLogger } from "../../logger.ts";
import { randomUuid } from "../../uuid.ts";
import type {
  AccessFacts,
  HistoryQuery,
  Store,
  StoredCredentials,
  StoredServer,
  StoredUser,
  StoreWriter,
  Work,
} from "../store.ts";
import { CommitQueue } from "./commit-queue.ts";
import { type InitialContent, type OpenDatabase, openDatabase } from "./database.ts";
import type { Tables } from "./schema.ts";
import { readGroups, readOverrides, storedPermissions } from "./upgrade/index.ts";

/** Opens the embedded store: one SQLite file, or `:memory:`. */
export function openSqliteStore(file: string, initial: InitialContent, logger = silentLogger): Store {
  return new SqliteStore(openDatabase(file, initial, logger));
}

class SqliteStore implements Store {
  readonly read: SqliteAccess;
  readonly #database: OpenDatabase;
  readonly #queue: CommitQueue;

  constructor(database: OpenDatabase) {
    this.#database = database;
    this.#queue = new CommitQueue(database.raw);
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

  async close(): Promise<void> {
    await this.#queue.idle();
    await this.#database.query.destroy();
    // kysely closes only what it has used.
    if (this.#database.raw.isOpen) this.#database.raw.close();
  }
}

/** Groups of one user as a JSON array, in table order. */
const groupsOfUser = sql<string>`
  coalesce((select json_group_array(group_uuid order by rowid) from user_groups where user_uuid = users.uuid), '[]')`;

const toMessage = (row: Omit<Selectable<Tables["messages"]>, "rowid">): Message => ({
  uuid: row.uuid,
  content: row.content,
  author_uuid: row.author_uuid,
  channel_uuid: row.channel_uuid,
  date: row.date,
  edited: row.edited !== 0,
  reply: row.reply,
});

const messageColumns = ["uuid", "content", "author_uuid", "channel_uuid", "date", "edited", "reply"] as const;

class SqliteAccess implements StoreWriter {
  readonly #query: Kysely<Tables>;

  constructor(query: Kysely<Tables>) {
    this.#query = query;
  }

  async server(): Promise<StoredServer> {
    const row = await this.#query.selectFrom("server_config").select(["name", "icon"]).executeTakeFirst();
    return row ?? { name: "", icon: new Uint8Array() };
  }

  async accessFacts(): Promise<AccessFacts> {
    const config = await this.#query.selectFrom("server_config").select("base_perms").executeTakeFirst();
    const channels = await this.#query
      .selectFrom("channels")
      .select(["uuid", "name", "position"])
      .orderBy("rowid")
      .execute();
    const groups = await readGroups(this.#query);
    const overrides = await readOverrides(this.#query);
    const rows = await this.#query
      .selectFrom("user_groups")
      .select(["user_uuid", "group_uuid"])
      .orderBy("rowid")
      .execute();
    const memberships = new Map<number, number[]>();
    for (const { user_uuid, group_uuid } of rows) {
      const mine = memberships.get(user_uuid);
      if (mine) mine.push(group_uuid);
      else memberships.set(user_uuid, [group_uuid]);
    }
    return {
      base: config ? storedPermissions(config.base_perms) : Permissions.initialBase,
      channels,
      groups,
      overrides,
      memberships,
    };
  }

  #users() {
    return this.#query.selectFrom("users").select(["uuid", "name", "pfp", groupsOfUser.as("groups")]);
  }

  async users(): Promise<StoredUser[]> {
    const rows = await this.#users().orderBy("users.rowid").execute();
    return rows.map((row) => ({ ...row, groups: JSON.parse(row.groups) }));
  }

  async user(uuid: number): Promise<StoredUser | undefined> {
    const row = await this.#users().where("uuid", "=", uuid).executeTakeFirst();
    return row && { ...row, groups: JSON.parse(row.groups) };
  }

  #credentials() {
    return this.#query.selectFrom("users").select(["uuid", "password"]);
  }

  credentialsByUuid(uuid: number): Promise<StoredCredentials | undefined> {
    return this.#credentials().where("uuid", "=", uuid).executeTakeFirst();
  }

  credentialsByName(name: string): Promise<StoredCredentials | undefined> {
    return this.#credentials().where("name", "=", name).orderBy("rowid").limit(1).executeTakeFirst();
  }

  async message(uuid: number): Promise<Message | undefined> {
    const row = await this.#query
      .selectFrom("messages")
      .select(messageColumns)
      .where("uuid", "=", uuid)
      .executeTakeFirst();
    return row && toMessage(row);
  }

  async history({ channel, limit, before }: HistoryQuery): Promise<Message[] | undefined> {
    let query = this.#query
      .selectFrom("messages")
      .select(messageColumns)
      .where("channel_uuid", "=", channel)
      .orderBy("rowid", "desc")
      .limit(limit);
    if (before !== undefined) {
      const bound = await this.#query
        .selectFrom("messages")
        .select("rowid")
        .where("uuid", "=", before)
        .executeTakeFirst();
      if (!bound) return undefined;
      query = query.where("rowid", "<", bound.rowid);
    }
    const rows = await query.execute();
    return rows.reverse().map(toMessage);
  }

  addUser(user: { name: string; pfp: string; password: string }): Promise<number> {
    return withFreshUuid((uuid) =>
      this.#query
        .insertInto("users")
        .values({ uuid, ...user })
        .execute(),
    );
  }

  async setPassword(uuid: number, password: string): Promise<void> {
    await this.#query.updateTable("users").set({ password }).where("uuid", "=", uuid).execute();
  }

  async addMessage(message: Omit<Message, "uuid" | "edited">): Promise<Message> {
    const uuid = await withFreshUuid((fresh) =>
      this.#query
        .insertInto("messages")
        .values({ uuid: fresh, ...message, edited: 0 })
        .execute(),
    );
    return { uuid, ...message, edited: false };
  }
}

const primaryKeyTaken = 1555;

/** Two random uuids have never met; if they do, the second one gets another number instead of an error. */
async function withFreshUuid(insert: (uuid: number) => Promise<unknown>): Promise<number> {
  for (let tries = 0; ; tries++) {
    const uuid = randomUuid();
    try {
      await insert(uuid);
      return uuid;
    } catch (error) {
      const taken = error instanceof Error && "errcode" in error && error.errcode === primaryKeyTaken;
      if (!taken || tries === 3) throw error;
    }
  }
}
