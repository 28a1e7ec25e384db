import type { Emoji, Permissions } from "@asterite/aster-protocol";
import type { ServerProfileStore, StoredServerProfile } from "../store.ts";
import { withFreshUuid } from "./fresh-uuid.ts";
import type { QuerySource } from "./transaction.ts";

/** Name, icon, base permissions and emoji of the server, in PostgreSQL. */
export class PostgresServerProfile implements ServerProfileStore {
  readonly #source: QuerySource;

  constructor(source: QuerySource) {
    this.#source = source;
  }

  async get(): Promise<StoredServerProfile> {
    const query = await this.#source.queryForReading();
    const row = await query
      .selectFrom("server")
      .select(["server_id as serverId", "name", "icon"])
      .executeTakeFirstOrThrow();
    return { ...row, icon: Uint8Array.from(row.icon) };
  }

  async update(change: { name?: string; icon?: Uint8Array; base?: Permissions }): Promise<void> {
    const { base, ...rest } = change;
    const query = await this.#source.queryForWriting();
    await query
      .updateTable("server")
      .set({ ...rest, ...(base && { base_permissions: Uint8Array.from(base.toBytes()) }) })
      .execute();
  }

  async listEmoji(): Promise<{ uuid: number; name: string }[]> {
    const query = await this.#source.queryForReading();
    return query.selectFrom("emojis").select(["uuid", "name"]).orderBy("place").execute();
  }

  async getEmoji(uuid: number): Promise<Emoji | undefined> {
    const query = await this.#source.queryForReading();
    return query
      .selectFrom("emojis")
      .select(["uuid", "name", "data"])
      .where("uuid", "=", uuid)
      .executeTakeFirst();
  }

  async addEmoji(emoji: { name: string; data: string }): Promise<number> {
    const query = await this.#source.queryForWriting();
    return withFreshUuid(async (uuid) => {
      const result = await query
        .insertInto("emojis")
        .values({ uuid, ...emoji })
        .onConflict((conflict) => conflict.doNothing())
        .executeTakeFirst();
      return result.numInsertedOrUpdatedRows !== 0n;
    });
  }

  async removeEmoji(uuid: number): Promise<boolean> {
    const query = await this.#source.queryForWriting();
    const result = await query.deleteFrom("emojis").where("uuid", "=", uuid).executeTakeFirst();
    return result.numDeletedRows > 0n;
  }
}
