import type { Emoji, Permissions } from "@asterite/aster-protocol";
import type { Kysely } from "kysely";
import type { ServerProfileStore, StoredServerProfile } from "../store.ts";
import { withFreshUuid } from "./fresh-uuid.ts";
import type { Tables } from "./schema.ts";

/** Name, icon, base permissions and emoji of the server, in SQLite. */
export class SqliteServerProfile implements ServerProfileStore {
  readonly #query: Kysely<Tables>;

  constructor(query: Kysely<Tables>) {
    this.#query = query;
  }

  async get(): Promise<StoredServerProfile> {
    const { server_id: serverId } = await this.#query
      .selectFrom("asterite_server")
      .select("server_id")
      .executeTakeFirstOrThrow();
    const row = await this.#query.selectFrom("server_config").select(["name", "icon"]).executeTakeFirst();
    return { serverId, ...(row ?? { name: "", icon: new Uint8Array() }) };
  }

  async update(change: { name?: string; icon?: Uint8Array; base?: Permissions }): Promise<void> {
    const { base, ...rest } = change;
    const base_perms = base && Uint8Array.from(base.toBytes());
    await this.#query
      .updateTable("server_config")
      .set({ ...rest, ...(base_perms && { base_perms }) })
      .execute();
  }

  listEmoji(): Promise<{ uuid: number; name: string }[]> {
    return this.#query.selectFrom("emojis").select(["uuid", "name"]).orderBy("rowid").execute();
  }

  getEmoji(uuid: number): Promise<Emoji | undefined> {
    return this.#query
      .selectFrom("emojis")
      .select(["uuid", "name", "data"])
      .where("uuid", "=", uuid)
      .executeTakeFirst();
  }

  addEmoji(emoji: { name: string; data: string }): Promise<number> {
    return withFreshUuid((uuid) =>
      this.#query
        .insertInto("emojis")
        .values({ uuid, ...emoji })
        .execute(),
    );
  }

  async removeEmoji(uuid: number): Promise<boolean> {
    const result = await this.#query.deleteFrom("emojis").where("uuid", "=", uuid).executeTakeFirst();
    return result.numDeletedRows > 0n;
  }
}
