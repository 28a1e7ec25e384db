import type { Kysely } from "kysely";
import type { InviteStore, StoredInvite } from "../store.ts";
import type { Tables } from "./schema.ts";

const columns = ["id", "author", "groups", "created", "expires", "uses_left as usesLeft"] as const;

/** Hashed invites in SQLite. */
export class SqliteInvites implements InviteStore {
  readonly #query: Kysely<Tables>;

  constructor(query: Kysely<Tables>) {
    this.#query = query;
  }

  async add(invite: Omit<StoredInvite, "id"> & { readonly hash: Uint8Array }): Promise<number> {
    const { groups, usesLeft, ...rest } = invite;
    const { id } = await this.#query
      .insertInto("asterite_invites")
      .values({ ...rest, groups: JSON.stringify(groups), uses_left: usesLeft })
      .returning("id")
      .executeTakeFirstOrThrow();
    return id;
  }

  async find(hash: Uint8Array): Promise<StoredInvite | undefined> {
    const row = await this.#query
      .selectFrom("asterite_invites")
      .select(columns)
      .where("hash", "=", hash)
      .executeTakeFirst();
    return row && { ...row, groups: JSON.parse(row.groups) };
  }

  async list(): Promise<StoredInvite[]> {
    const rows = await this.#query.selectFrom("asterite_invites").select(columns).orderBy("id").execute();
    return rows.map((row) => ({ ...row, groups: JSON.parse(row.groups) }));
  }

  async use(id: number): Promise<void> {
    await this.#query
      .updateTable("asterite_invites")
      .set((row) => ({ uses_left: row("uses_left", "-", 1) }))
      .where("id", "=", id)
      .execute();
    await this.#query.deleteFrom("asterite_invites").where("uses_left", "<", 1).execute();
  }

  async remove(id: number): Promise<boolean> {
    const result = await this.#query.deleteFrom("asterite_invites").where("id", "=", id).executeTakeFirst();
    return result.numDeletedRows > 0n;
  }

  async removeExpired(date: number): Promise<void> {
    await this.#query.deleteFrom("asterite_invites").where("expires", "<=", date).execute();
  }
}
