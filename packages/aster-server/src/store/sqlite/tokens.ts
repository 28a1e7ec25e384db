import type { SessionToken } from "@asterite/aster-protocol";
import type { Kysely } from "kysely";
import { tokensPerUser } from "../bounds.ts";
import type { TokenStore } from "../store.ts";
import type { Tables } from "./schema.ts";

/** Session tokens in SQLite, as hashes. */
export class SqliteTokens implements TokenStore {
  readonly #query: Kysely<Tables>;

  constructor(query: Kysely<Tables>) {
    this.#query = query;
  }

  async add(token: { hash: Uint8Array; user: number; client: string; date: number }): Promise<void> {
    const { hash, user, client, date } = token;
    await this.#query
      .insertInto("asterite_tokens")
      .values({ hash, user_uuid: user, client, created: date, last_used: date })
      .execute();
    const surplus = this.#query
      .selectFrom("asterite_tokens")
      .select("id")
      .where("user_uuid", "=", user)
      .orderBy("last_used", "desc")
      .orderBy("id", "desc")
      .limit(-1)
      .offset(tokensPerUser);
    await this.#query.deleteFrom("asterite_tokens").where("id", "in", surplus).execute();
  }

  async use(hash: Uint8Array, date: number): Promise<number | undefined> {
    const row = await this.#query
      .updateTable("asterite_tokens")
      .set({ last_used: date })
      .where("hash", "=", hash)
      .returning("user_uuid")
      .executeTakeFirst();
    return row?.user_uuid;
  }

  list(user: number): Promise<SessionToken[]> {
    return this.#query
      .selectFrom("asterite_tokens")
      .select(["id", "client", "created", "last_used"])
      .where("user_uuid", "=", user)
      .orderBy("id")
      .execute();
  }

  async revoke(user: number, id: number): Promise<boolean> {
    const result = await this.#query
      .deleteFrom("asterite_tokens")
      .where("user_uuid", "=", user)
      .where("id", "=", id)
      .executeTakeFirst();
    return result.numDeletedRows > 0n;
  }

  async revokeAll(user: number): Promise<void> {
    await this.#query.deleteFrom("asterite_tokens").where("user_uuid", "=", user).execute();
  }
}
