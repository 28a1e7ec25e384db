import type { InviteStore, StoredInvite } from "../store.ts";
import type { QuerySource } from "./transaction.ts";

const columns = ["id", "author", "groups", "created", "expires", "uses_left as usesLeft"] as const;

/** Hashed invites in PostgreSQL. */
export class PostgresInvites implements InviteStore {
  readonly #source: QuerySource;

  constructor(source: QuerySource) {
    this.#source = source;
  }

  async add(invite: Omit<StoredInvite, "id"> & { readonly hash: Uint8Array }): Promise<number> {
    const { groups, usesLeft, ...rest } = invite;
    const query = await this.#source.queryForWriting();
    const { id } = await query
      .insertInto("invites")
      .values({ ...rest, groups: JSON.stringify(groups), uses_left: usesLeft })
      .returning("id")
      .executeTakeFirstOrThrow();
    return id;
  }

  async find(hash: Uint8Array): Promise<StoredInvite | undefined> {
    const query = await this.#source.queryForReading();
    const row = await query.selectFrom("invites").select(columns).where("hash", "=", hash).executeTakeFirst();
    return row && { ...row, groups: JSON.parse(row.groups) };
  }

  async list(): Promise<StoredInvite[]> {
    const query = await this.#source.queryForReading();
    const rows = await query.selectFrom("invites").select(columns).orderBy("id").execute();
    return rows.map((row) => ({ ...row, groups: JSON.parse(row.groups) }));
  }

  async use(id: number): Promise<void> {
    const query = await this.#source.queryForWriting();
    await query
      .updateTable("invites")
      .set((row) => ({ uses_left: row("uses_left", "-", 1) }))
      .where("id", "=", id)
      .execute();
    await query.deleteFrom("invites").where("uses_left", "<", 1).execute();
  }

  async remove(id: number): Promise<boolean> {
    const query = await this.#source.queryForWriting();
    const result = await query.deleteFrom("invites").where("id", "=", id).executeTakeFirst();
    return result.numDeletedRows > 0n;
  }

  async removeExpired(date: number): Promise<void> {
    const query = await this.#source.queryForWriting();
    await query.deleteFrom("invites").where("expires", "<=", date).execute();
  }
}
