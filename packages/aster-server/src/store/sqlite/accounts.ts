import { type Kysely, sql } from "kysely";
import { skeletonOf } from "../../auth/names.ts";
import type { AccountPage, AccountStore, StoredCredentials, StoredUser } from "../store.ts";
import { withFreshUuid } from "./fresh-uuid.ts";
import type { Tables } from "./schema.ts";

/** SQL expression for the groups of a user, as a JSON array in table order. */
const groupsOfUser = sql<string>`
  coalesce((select json_group_array(group_uuid order by rowid) from user_groups where user_uuid = users.uuid), '[]')`;

const isBanned = sql<number>`exists (select 1 from asterite_bans where user_uuid = users.uuid)`;

const isBot = sql<number>`exists (select 1 from asterite_bots where user_uuid = users.uuid)`;

/** No password hashes to this value, so every login is refused. */
const unusableHash = "!";

type UserRow = Omit<StoredUser, "groups" | "isBot"> & { groups: string; isBot: number };

const toStoredUser = (row: UserRow): StoredUser => ({
  ...row,
  groups: JSON.parse(row.groups),
  isBot: row.isBot !== 0,
});

/** Accounts in SQLite. */
export class SqliteAccounts implements AccountStore {
  readonly #query: Kysely<Tables>;

  constructor(query: Kysely<Tables>) {
    this.#query = query;
  }

  async list({ after, limit }: AccountPage = {}): Promise<StoredUser[]> {
    let query = this.#users().orderBy("users.rowid");
    if (after !== undefined) {
      const rowid = sql<number>`(select rowid from users where uuid = ${after})`;
      query = query.where("users.rowid", ">", rowid);
    }
    if (limit !== undefined) query = query.limit(limit);
    return (await query.execute()).map(toStoredUser);
  }

  async get(uuid: number): Promise<StoredUser | undefined> {
    const row = await this.#users().where("uuid", "=", uuid).executeTakeFirst();
    return row && toStoredUser(row);
  }

  async findCredentialsByUuid(uuid: number): Promise<StoredCredentials | undefined> {
    const row = await this.#credentials().where("uuid", "=", uuid).executeTakeFirst();
    return row && { ...row, isBanned: row.isBanned !== 0 };
  }

  async findCredentialsByName(name: string): Promise<StoredCredentials | undefined> {
    const row = await this.#credentials()
      .where("name", "=", name)
      .orderBy("rowid")
      .limit(1)
      .executeTakeFirst();
    return row && { ...row, isBanned: row.isBanned !== 0 };
  }

  async findLookalike(skeleton: string, exceptUuid = -1): Promise<number | undefined> {
    const query = this.#query;
    const row = await query
      .selectFrom("asterite_names")
      .select("user_uuid")
      .where("skeleton", "=", skeleton)
      .where("user_uuid", "!=", exceptUuid)
      .limit(1)
      .executeTakeFirst();
    return row?.user_uuid;
  }

  async indexNames(): Promise<void> {
    const query = this.#query;
    const stale = await query
      .selectFrom("users")
      .leftJoin("asterite_names", "asterite_names.user_uuid", "users.uuid")
      .select(["users.uuid", "users.name"])
      .where((where) =>
        where.or([
          where("asterite_names.name", "is", null),
          where("asterite_names.name", "!=", where.ref("users.name")),
        ]),
      )
      .execute();
    for (const { uuid, name } of stale) await this.#indexName(uuid, name);
  }

  async #indexName(uuid: number, name: string): Promise<void> {
    const query = this.#query;
    const row = { name, skeleton: skeletonOf(name) };
    await query
      .insertInto("asterite_names")
      .values({ user_uuid: uuid, ...row })
      .onConflict((conflict) => conflict.column("user_uuid").doUpdateSet(row))
      .execute();
  }

  async add(user: { name: string; pfp: string; password: string }): Promise<number> {
    const uuid = await withFreshUuid((uuid) =>
      this.#query
        .insertInto("users")
        .values({ uuid, ...user })
        .execute(),
    );
    await this.#indexName(uuid, user.name);
    return uuid;
  }

  async update(uuid: number, change: { name?: string; pfp?: string; password?: string }): Promise<void> {
    await this.#query.updateTable("users").set(change).where("uuid", "=", uuid).execute();
    if (change.name !== undefined) await this.#indexName(uuid, change.name);
  }

  async setGroups(uuid: number, groups: readonly number[]): Promise<void> {
    await this.#query.deleteFrom("user_groups").where("user_uuid", "=", uuid).execute();
    if (groups.length === 0) return;
    const rows = groups.map((group_uuid) => ({ user_uuid: uuid, group_uuid }));
    await this.#query.insertInto("user_groups").values(rows).execute();
  }

  async setBot(uuid: number, isBot: boolean): Promise<void> {
    if (!isBot) {
      await this.#query.deleteFrom("asterite_bots").where("user_uuid", "=", uuid).execute();
      return;
    }
    await this.#query
      .insertInto("asterite_bots")
      .values({ user_uuid: uuid })
      .onConflict((conflict) => conflict.doNothing())
      .execute();
  }

  async erase(uuid: number, replacement: { name: string; pfp: string }): Promise<void> {
    const tablesOfUser = [
      "user_groups",
      "sync_data",
      "sync_servers",
      "last_read_messages",
      "asterite_markers",
      "asterite_tokens",
      "asterite_nonces",
      "asterite_bots",
      "channel_group_permissions",
    ] as const;
    for (const table of tablesOfUser)
      await this.#query.deleteFrom(table).where("user_uuid", "=", uuid).execute();
    await this.update(uuid, { ...replacement, password: unusableHash });
  }

  async ban(uuid: number, date: number): Promise<void> {
    await this.#query
      .insertInto("asterite_bans")
      .values({ user_uuid: uuid, date })
      .onConflict((conflict) => conflict.doNothing())
      .execute();
  }

  async unban(uuid: number): Promise<boolean> {
    const result = await this.#query
      .deleteFrom("asterite_bans")
      .where("user_uuid", "=", uuid)
      .executeTakeFirst();
    return result.numDeletedRows > 0n;
  }

  listBans(): Promise<{ user: number; date: number }[]> {
    return this.#query
      .selectFrom("asterite_bans")
      .select(["user_uuid as user", "date"])
      .orderBy("date")
      .execute();
  }

  #users() {
    return this.#query
      .selectFrom("users")
      .select(["uuid", "name", "pfp", groupsOfUser.as("groups"), isBot.as("isBot")]);
  }

  #credentials() {
    return this.#query.selectFrom("users").select(["uuid", "password", isBanned.as("isBanned")]);
  }
}
