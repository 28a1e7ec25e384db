import type { SyncServer } from "@asterite/aster-protocol";
import { type Kysely, sql } from "kysely";
import type { SyncStore } from "../store.ts";
import type { Tables } from "./schema.ts";

/** Rows per statement; stays below SQLite's limit of 32,766 parameters. */
const rowsPerInsert = 100;

/** Sync data in SQLite. */
export class SqliteSync implements SyncStore {
  readonly #query: Kysely<Tables>;

  constructor(query: Kysely<Tables>) {
    this.#query = query;
  }

  profile(user: number): Promise<{ uname: string; pfp: string } | undefined> {
    return this.#query
      .selectFrom("sync_data")
      .select(["uname", "pfp"])
      .where("user_uuid", "=", user)
      .executeTakeFirst();
  }

  async setProfile(user: number, profile: { uname: string; pfp: string }): Promise<void> {
    await this.#query
      .replaceInto("sync_data")
      .values({ user_uuid: user, ...profile })
      .execute();
  }

  servers(user: number): Promise<SyncServer[]> {
    return this.#query
      .selectFrom("sync_servers")
      .select(["user_uuid", "uuid", "uname", "ip", "port", "pfp", "name", "idx"])
      .where("user_uuid", "=", user)
      .orderBy("idx")
      .execute();
  }

  async readSizes(user: number): Promise<{ profile: number; servers: number }> {
    const { rows } = await sql<{ profile: number; servers: number }>`
      select
        (select coalesce(sum(octet_length(uname) + octet_length(pfp)), 0) from sync_data where user_uuid = ${user}) as profile,
        (select coalesce(sum(octet_length(uname) + octet_length(ip) + coalesce(octet_length(pfp), 0) + coalesce(octet_length(name), 0)), 0)
          from sync_servers where user_uuid = ${user}) as servers`.execute(this.#query);
    return rows[0] ?? { profile: 0, servers: 0 };
  }

  async setServers(user: number, servers: readonly SyncServer[]): Promise<void> {
    await this.#query.deleteFrom("sync_servers").where("user_uuid", "=", user).execute();
    const rows = servers.map(({ uuid, uname, ip, port, pfp, name }, idx) => {
      return { user_uuid: user, uuid, uname, ip, port, pfp, name, idx };
    });
    for (let start = 0; start < rows.length; start += rowsPerInsert) {
      const batch = rows.slice(start, start + rowsPerInsert);
      await this.#query.insertInto("sync_servers").values(batch).execute();
    }
  }
}
