import type { SyncServer } from "@asterite/aster-protocol";
import { sql } from "kysely";
import type { SyncStore } from "../store.ts";
import type { QuerySource } from "./transaction.ts";

/** Rows per statement; stays below the limit of 65,535 parameters. */
const rowsPerInsert = 1000;

/** Sync data in PostgreSQL. */
export class PostgresSync implements SyncStore {
  readonly #source: QuerySource;

  constructor(source: QuerySource) {
    this.#source = source;
  }

  async profile(user: number): Promise<{ uname: string; pfp: string } | undefined> {
    const query = await this.#source.queryForReading();
    return query
      .selectFrom("sync_data")
      .select(["uname", "pfp"])
      .where("user_uuid", "=", user)
      .executeTakeFirst();
  }

  async setProfile(user: number, profile: { uname: string; pfp: string }): Promise<void> {
    const query = await this.#source.queryForWriting();
    await query
      .insertInto("sync_data")
      .values({ user_uuid: user, ...profile })
      .onConflict((conflict) => conflict.column("user_uuid").doUpdateSet(profile))
      .execute();
  }

  async servers(user: number): Promise<SyncServer[]> {
    const query = await this.#source.queryForReading();
    return query
      .selectFrom("sync_servers")
      .select(["user_uuid", "uuid", "uname", "ip", "port", "pfp", "name", "idx"])
      .where("user_uuid", "=", user)
      .orderBy("idx")
      .execute();
  }

  async readSizes(user: number): Promise<{ profile: number; servers: number }> {
    const query = await this.#source.queryForReading();
    const { rows } = await sql<{ profile: number; servers: number }>`
      select
        (select coalesce(sum(octet_length(uname) + octet_length(pfp)), 0)::int from sync_data where user_uuid = ${user}) as profile,
        (select coalesce(sum(octet_length(uname) + octet_length(ip) + coalesce(octet_length(pfp), 0) + coalesce(octet_length(name), 0)), 0)::int
          from sync_servers where user_uuid = ${user}) as servers`.execute(query);
    return rows[0] ?? { profile: 0, servers: 0 };
  }

  async setServers(user: number, servers: readonly SyncServer[]): Promise<void> {
    const query = await this.#source.queryForWriting();
    await query.deleteFrom("sync_servers").where("user_uuid", "=", user).execute();
    const rows = servers.map(({ uuid, uname, ip, port, pfp, name }, idx) => {
      return { user_uuid: user, uuid, uname, ip, port, pfp, name, idx };
    });
    for (let start = 0; start < rows.length; start += rowsPerInsert) {
      const batch = rows.slice(start, start + rowsPerInsert);
      await query.insertInto("sync_servers").values(batch).execute();
    }
  }
}
