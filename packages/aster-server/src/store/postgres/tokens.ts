import type { SessionToken } from "@asterite/aster-protocol";
import { sql } from "kysely";
import { maxTokensPerUser } from "../limits.ts";
import type { TokenOwner, TokenStore, TokenUse } from "../store.ts";
import { groupsOfUser, isBanned, isBot } from "./accounts.ts";
import type { QuerySource } from "./transaction.ts";

/** Hashed session tokens in PostgreSQL. */
export class PostgresTokens implements TokenStore {
  readonly #source: QuerySource;

  constructor(source: QuerySource) {
    this.#source = source;
  }

  async add(token: { hash: Uint8Array; user: number; client: string; date: number }): Promise<number> {
    const { hash, user, client, date } = token;
    const query = await this.#source.queryForWriting();
    const { id } = await query
      .insertInto("tokens")
      .values({ hash, user_uuid: user, client, created: date, last_used: date })
      .returning("id")
      .executeTakeFirstOrThrow();
    const surplus = query
      .selectFrom("tokens")
      .select("id")
      .where("user_uuid", "=", user)
      .orderBy("last_used", "desc")
      .orderBy("id", "desc")
      .offset(maxTokensPerUser);
    await query.deleteFrom("tokens").where("id", "in", surplus).execute();
    return id;
  }

  async findOwner(hash: Uint8Array): Promise<TokenOwner | undefined> {
    const query = await this.#source.queryForReading();
    const row = await query
      .selectFrom("tokens")
      .innerJoin("users", "users.uuid", "tokens.user_uuid")
      .select([
        "users.uuid",
        "users.name",
        "users.pfp",
        groupsOfUser.as("groups"),
        isBot.as("isBot"),
        isBanned.as("isBanned"),
      ])
      .select(["tokens.id as token", "tokens.last_used as lastUsed"])
      .where("tokens.hash", "=", hash)
      .executeTakeFirst();
    if (!row) return undefined;
    const { isBanned: isOwnerBanned, token, lastUsed, ...user } = row;
    return { user, isBanned: isOwnerBanned, token, lastUsed };
  }

  async recordUses(uses: readonly TokenUse[]): Promise<void> {
    const query = await this.#source.queryForWriting();
    const hashes = uses.map(({ hash }) => Buffer.from(hash));
    const dates = uses.map(({ date }) => date);
    await sql`
      update tokens set last_used = used.date
      from unnest(${hashes}::bytea[], ${dates}::bigint[]) as used (hash, date)
      where tokens.hash = used.hash`.execute(query);
  }

  async list(user: number): Promise<SessionToken[]> {
    const query = await this.#source.queryForReading();
    return query
      .selectFrom("tokens")
      .select(["id", "client", "created", "last_used"])
      .where("user_uuid", "=", user)
      .orderBy("id")
      .execute();
  }

  async revoke(user: number, id: number): Promise<boolean> {
    const query = await this.#source.queryForWriting();
    const result = await query
      .deleteFrom("tokens")
      .where("user_uuid", "=", user)
      .where("id", "=", id)
      .executeTakeFirst();
    return result.numDeletedRows > 0n;
  }

  async revokeAll(user: number): Promise<void> {
    const query = await this.#source.queryForWriting();
    await query.deleteFrom("tokens").where("user_uuid", "=", user).execute();
  }

  async removeUnused(user: number, before: number): Promise<void> {
    const query = await this.#source.queryForWriting();
    await query.deleteFrom("tokens").where("user_uuid", "=", user).where("last_used", "<", before).execute();
  }
}
