import type { Message } from "@asterite/aster-protocol";
import { type Kysely, sql } from "kysely";
import { randomUuid } from "../../uuid.ts";
import { toTsVector } from "../full-text.ts";
import { cleanupInterval, nonceLifetimeSeconds } from "../limits.ts";
import type { HistoryQuery, MessageStore } from "../store.ts";
import type { Tables } from "./schema.ts";
import type { QuerySource, Transaction } from "./transaction.ts";

/** Columns of a {@link Message}. */
export const messageColumns = [
  "messages.uuid",
  "messages.content",
  "messages.author_uuid",
  "messages.channel_uuid",
  "messages.date",
  "messages.edited",
  "messages.reply",
] as const;

const pageColumns = ["uuid", "content", "author_uuid", "channel_uuid", "date", "edited", "reply"] as const;

/**
 * Reads the place of a message in the insertion order of all messages; undefined if there is no such message.
 */
export async function readPlace(query: Kysely<Tables>, uuid: number): Promise<number | undefined> {
  const row = await query.selectFrom("messages").select("place").where("uuid", "=", uuid).executeTakeFirst();
  return row?.place;
}

/** Messages in PostgreSQL. New messages are buffered in the transaction. */
export class PostgresMessages implements MessageStore {
  readonly #source: QuerySource;

  constructor(source: QuerySource) {
    this.#source = source;
  }

  async get(uuid: number): Promise<Message | undefined> {
    return (await this.getMany([uuid])).get(uuid);
  }

  async getMany(uuids: readonly number[]): Promise<ReadonlyMap<number, Message>> {
    if (uuids.length === 0) return new Map();
    const query = await this.#source.queryForReading();
    const rows = await query
      .selectFrom("messages")
      .select(messageColumns)
      .where(sql<boolean>`uuid = any(${uuids}::bigint[])`)
      .execute();
    return new Map(rows.map((row) => [row.uuid, row]));
  }

  async readPage({ channel, limit, before, maxBytes }: HistoryQuery): Promise<Message[] | undefined> {
    const query = await this.#source.queryForReading();
    const bound = before === undefined ? undefined : await readPlace(query, before);
    if (before !== undefined && bound === undefined) return undefined;
    let page = query
      .selectFrom("messages")
      .select(messageColumns)
      .where("channel_uuid", "=", channel)
      .orderBy("place", "desc")
      .limit(limit);
    if (bound !== undefined) page = page.where("place", "<", bound);
    if (maxBytes === undefined) return (await page.execute()).reverse();
    const newer = sql<number>`sum(octet_length(content)) over (order by place desc)`;
    const first = sql<boolean>`row_number() over (order by place desc) = 1`;
    const measured = page.select(["place", sql<boolean>`${first} or ${newer} <= ${maxBytes}`.as("fits")]);
    const fitting = query.selectFrom(measured.as("page")).select(pageColumns).where("fits", "=", true);
    return (await fitting.orderBy("place", "desc").execute()).reverse();
  }

  add(message: Omit<Message, "uuid" | "edited">): Promise<Message> {
    const transaction = this.#requireTransaction();
    const { content, author_uuid, channel_uuid, date, reply } = message;
    const added = { uuid: randomUuid(), content, author_uuid, channel_uuid, date, edited: false, reply };
    transaction.pending.addMessage({ ...added, place: transaction.takeNextPlace() });
    return Promise.resolve(added);
  }

  async edit({ uuid }: Message, content: string): Promise<void> {
    const query = await this.#source.queryForWriting();
    const change = { content, edited: true, words: toTsVector(content) };
    await query.updateTable("messages").set(change).where("uuid", "=", uuid).execute();
  }

  async remove({ uuid }: Message): Promise<void> {
    const query = await this.#source.queryForWriting();
    await query.deleteFrom("messages").where("uuid", "=", uuid).execute();
  }

  async findByNonce(user: number, nonce: string, date: number): Promise<number | undefined> {
    const pending = this.#source.transaction?.pending.findByNonce(user, nonce);
    if (pending !== undefined) return pending;
    // Pending rows have been searched above, so they need not be flushed before the query.
    const query = this.#source.transaction?.query ?? (await this.#source.queryForReading());
    const row = await query
      .selectFrom("nonces")
      .select("message_uuid")
      .where("user_uuid", "=", user)
      .where("nonce", "=", nonce)
      .where("date", ">", date - nonceLifetimeSeconds)
      .executeTakeFirst();
    return row?.message_uuid;
  }

  async rememberNonce(user: number, nonce: string, message: number, date: number): Promise<void> {
    this.#requireTransaction().pending.addNonce({ user, nonce, message, date });
    if (message % cleanupInterval !== 0) return;
    const query = await this.#source.queryForWriting();
    await query
      .deleteFrom("nonces")
      .where("date", "<", date - nonceLifetimeSeconds)
      .execute();
  }

  #requireTransaction(): Transaction {
    const { transaction } = this.#source;
    if (!transaction) throw new Error("adding a message needs a transaction");
    return transaction;
  }
}
