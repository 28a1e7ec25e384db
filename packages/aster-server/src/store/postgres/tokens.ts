import type { SessionToken } from "@asterite/aster-protocol";
import { tokensPerUser } from "../bounds.ts";
import type { TokenStore } from "../store.ts";
import type { Source } from "./transaction.ts";

/** Session tokens in PostgreSQL, as hashes. */
export class PostgresTokens implements TokenStore {
  readonly #source: Source;

  constructor(source: Source) {
    this.#source = source;
  }

  async add(token: { hash: Uint8Array; user: number; client: string; date: number }): Promise<void> {
    const { hash, user, client, date } = token;
    const query = await this.#source.writing();
    await query
      .insertInto("tokens")
      .values({ hash, user_uuid: user, client, created: date, last_used: date })
      .execute();
    const surplus = query
      .selectFrom("tokens")
      .select("id")
      .where("user_uuid", "=", user)
      .orderBy("last_used", "desc")
      .orderBy("id", "desc")
      .offset(tokensPerUser);
    await query.deleteFrom("tokens").where("id", "in", surplus).execute();
  }

  async use(hash: Uint8Array, date: number): Promise<number | undefined> {
    const query = await this.#source.writing();
    const row = await query
      .updateTable("tokens")
      .set({ last_used: date })
      .where("hash", "=", hash)
      .returning("user_uuid")
      .executeTakeFirst();
    return row?.user_uuid;
  }

  async list(user: number): Promise<SessionToken[]> {
    const query = await this.#source.reading();
    return query
      .selectFrom("tokens")
      .select(["id", "client", "created", "last_used"])
      .where("user_uuid", "=", user)
      .orderBy("id")
      .execute();
  }

  async revoke(user: number, id: number): Promise<boolean> {
    const query = await this.#source.writing();
    const result = await query
      .deleteFrom("tokens")
      .where("user_uuid", "=", user)
      .where("id", "=", id)
      .executeTakeFirst();
    return result.numDeletedRows > 0n;
  }

  async revokeAll(user: number): Promise<void> {
    const query = await this.#source.writing();
    await query.deleteFrom("tokens").where("user_uuid", "=", user).execute();
  }
}
