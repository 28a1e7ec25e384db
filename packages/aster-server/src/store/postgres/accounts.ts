import { type Kysely, sql } from "kysely";
import { skeletonOf } from "../../auth/names.ts";
import type { AccountPage, AccountStore, StoredCredentials, StoredUser } from "../store.ts";
import { withFreshUuid } from "./fresh-uuid.ts";
import type { Tables } from "./schema.ts";
import type { QuerySource } from "./transaction.ts";

/** SQL expression for the groups of a user, as a JSON array in the order in which they were assigned. */
export const groupsOfUser = sql<number[]>`
  coalesce((select json_agg(group_uuid order by user_groups.place) from user_groups
    where user_uuid = users.uuid), '[]')`;

/** SQL expression for whether a user is banned. */
export const isBanned = sql<boolean>`exists (select 1 from bans where user_uuid = users.uuid)`;

/** SQL expression for whether a user is a bot. */
export const isBot = sql<boolean>`exists (select 1 from bots where user_uuid = users.uuid)`;

/** No password hashes to this value, so every login is refused. */
const unusableHash = "!";

const users = (query: Kysely<Tables>) =>
  query.selectFrom("users").select(["uuid", "name", "pfp", groupsOfUser.as("groups"), isBot.as("isBot")]);

const credentials = (query: Kysely<Tables>) =>
  query.selectFrom("users").select(["uuid", "password", isBanned.as("isBanned")]);

/** Accounts in PostgreSQL. */
export class PostgresAccounts implements AccountStore {
  readonly #source: QuerySource;

  constructor(source: QuerySource) {
    this.#source = source;
  }

  async list({ after, limit }: AccountPage = {}): Promise<StoredUser[]> {
    let query = users(await this.#source.queryForReading()).orderBy("users.place");
    if (after !== undefined) {
      const place = sql<number>`(select place from users where uuid = ${after})`;
      query = query.where("users.place", ">", place);
    }
    if (limit !== undefined) query = query.limit(limit);
    return await query.execute();
  }

  async get(uuid: number): Promise<StoredUser | undefined> {
    return users(await this.#source.queryForReading())
      .where("uuid", "=", uuid)
      .executeTakeFirst();
  }

  async findCredentialsByUuid(uuid: number): Promise<StoredCredentials | undefined> {
    return credentials(await this.#source.queryForReading())
      .where("uuid", "=", uuid)
      .executeTakeFirst();
  }

  async findCredentialsByName(name: string): Promise<StoredCredentials | undefined> {
    return credentials(await this.#source.queryForReading())
      .where("name", "=", name)
      .orderBy("place")
      .limit(1)
      .executeTakeFirst();
  }

  async findLookalike(skeleton: string, exceptUuid = -1): Promise<number | undefined> {
    const query = await this.#source.queryForReading();
    const row = await query
      .selectFrom("names")
      .select("user_uuid")
      .where("skeleton", "=", skeleton)
      .where("user_uuid", "!=", exceptUuid)
      .limit(1)
      .executeTakeFirst();
    return row?.user_uuid;
  }

  async indexNames(): Promise<void> {
    const query = await this.#source.queryForWriting();
    const stale = await query
      .selectFrom("users")
      .leftJoin("names", "names.user_uuid", "users.uuid")
      .select(["users.uuid", "users.name"])
      .where((where) =>
        where.or([where("names.name", "is", null), where("names.name", "!=", where.ref("users.name"))]),
      )
      .execute();
    for (const { uuid, name } of stale) await this.#indexName(uuid, name);
  }

  async #indexName(uuid: number, name: string): Promise<void> {
    const query = await this.#source.queryForWriting();
    const row = { name, skeleton: skeletonOf(name) };
    await query
      .insertInto("names")
      .values({ user_uuid: uuid, ...row })
      .onConflict((conflict) => conflict.column("user_uuid").doUpdateSet(row))
      .execute();
  }

  async add(user: { name: string; pfp: string; password: string }): Promise<number> {
    const query = await this.#source.queryForWriting();
    const uuid = await withFreshUuid(async (uuid) => {
      const result = await query
        .insertInto("users")
        .values({ uuid, ...user })
        .onConflict((conflict) => conflict.doNothing())
        .executeTakeFirst();
      return result.numInsertedOrUpdatedRows !== 0n;
    });
    await this.#indexName(uuid, user.name);
    return uuid;
  }

  async update(uuid: number, change: { name?: string; pfp?: string; password?: string }): Promise<void> {
    const query = await this.#source.queryForWriting();
    await query.updateTable("users").set(change).where("uuid", "=", uuid).execute();
    if (change.name !== undefined) await this.#indexName(uuid, change.name);
  }

  async setGroups(uuid: number, groups: readonly number[]): Promise<void> {
    const query = await this.#source.queryForWriting();
    await query.deleteFrom("user_groups").where("user_uuid", "=", uuid).execute();
    if (groups.length === 0) return;
    const rows = groups.map((group_uuid) => ({ user_uuid: uuid, group_uuid }));
    await query.insertInto("user_groups").values(rows).execute();
  }

  async setBot(uuid: number, isBot: boolean): Promise<void> {
    const query = await this.#source.queryForWriting();
    if (!isBot) {
      await query.deleteFrom("bots").where("user_uuid", "=", uuid).execute();
      return;
    }
    await query
      .insertInto("bots")
      .values({ user_uuid: uuid })
      .onConflict((conflict) => conflict.doNothing())
      .execute();
  }

  async erase(uuid: number, replacement: { name: string; pfp: string }): Promise<void> {
    const query = await this.#source.queryForWriting();
    const tablesOfUser = [
      "user_groups",
      "sync_data",
      "sync_servers",
      "markers",
      "tokens",
      "nonces",
      "bots",
      "overrides",
    ] as const;
    for (const table of tablesOfUser) await query.deleteFrom(table).where("user_uuid", "=", uuid).execute();
    await this.update(uuid, { ...replacement, password: unusableHash });
  }

  async ban(uuid: number, date: number): Promise<void> {
    const query = await this.#source.queryForWriting();
    await query
      .insertInto("bans")
      .values({ user_uuid: uuid, date })
      .onConflict((conflict) => conflict.doNothing())
      .execute();
  }

  async unban(uuid: number): Promise<boolean> {
    const query = await this.#source.queryForWriting();
    const result = await query.deleteFrom("bans").where("user_uuid", "=", uuid).executeTakeFirst();
    return result.numDeletedRows > 0n;
  }

  async listBans(): Promise<{ user: number; date: number }[]> {
    const query = await this.#source.queryForReading();
    return query.selectFrom("bans").select(["user_uuid as user", "date"]).orderBy("date").execute();
  }
}
