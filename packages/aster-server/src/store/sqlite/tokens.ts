import type { SessionToken } from "@asterite/aster-protocol";
import type { Kysely } from "kysely";
import { maxTokensPerUser } from "../limits.ts";
import type { TokenOwner, TokenStore, TokenUse } from "../store.ts";
import { SqliteAccounts } from "./accounts.ts";
import type { Tables } from "./schema.ts";

/** Hashed session tokens in SQLite. */
export class SqliteTokens implements TokenStore {
  readonly #query: Kysely<Tables>;

  constructor(query: Kysely<Tables>) {
    this.#query = query;
  }

  async add(token: { hash: Uint8Array; user: number; client: string; date: number }): Promise<number> {
    const { hash, user, client, date } = token;
    const { id } = await this.#query
      .insertInto("asterite_tokens")
      .values({ hash, user_uuid: user, client, created: date, last_used: date })
      .returning("id")
      .executeTakeFirstOrThrow();
    const surplus = this.#query
      .selectFrom("asterite_tokens")
      .select("id")
      .where("user_uuid", "=", user)
      .orderBy("last_used", "desc")
      .orderBy("id", "desc")
      .limit(-1)
      .offset(maxTokensPerUser);
    await this.#query.deleteFrom("asterite_tokens").where("id", "in", surplus).execute();
    return id;
  }

  async findOwner(hash: Uint8Array): Promise<TokenOwner | undefined> {
    const token = await this.#query
      .selectFrom("asterite_tokens")
      .select(["id", "user_uuid", "last_used"])
      .where("hash", "=", hash)
      .executeTakeFirst();
    if (!token) return undefined;
    const accounts = new SqliteAccounts(this.#query);
    const user = await accounts.get(token.user_uuid);
    const credentials = await accounts.findCredentialsByUuid(token.user_uuid);
    return (
      user &&
      credentials && {
        user,
        isBanned: credentials.isBanned,
        token: token.id,
        lastUsed: token.last_used,
      }
    );
  }

  async recordUses(uses: readonly TokenUse[]): Promise<void> {
    for (const { hash, date } of uses) {
      await this.#query
        .updateTable("asterite_tokens")
        .set({ last_used: date })
        .where("hash", "=", hash)
        .execute();
    }
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

  async removeUnused(user: number, before: number): Promise<void> {
    await this.#query
      .deleteFrom("asterite_tokens")
      .where("user_uuid", "=", user)
      .where("last_used", "<", before)
      .execute();
  }
}
