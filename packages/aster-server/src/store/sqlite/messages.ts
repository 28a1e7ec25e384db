import type { Message } from "@asterite/aster-protocol";
import type { Kysely, Selectable } from "kysely";
import type { HistoryQuery, MessageStore } from "../store.ts";
import { withFreshUuid } from "./fresh-uuid.ts";
import type { Tables } from "./schema.ts";
import { SearchIndex } from "./search-index.ts";

/** A row as a message. */
export const toMessage = (row: Omit<Selectable<Tables["messages"]>, "rowid">): Message => ({
  uuid: row.uuid,
  content: row.content,
  author_uuid: row.author_uuid,
  channel_uuid: row.channel_uuid,
  date: row.date,
  edited: row.edited !== 0,
  reply: row.reply,
});

/** What a message is made of. */
export const messageColumns = [
  "messages.uuid",
  "messages.content",
  "messages.author_uuid",
  "messages.channel_uuid",
  "messages.date",
  "messages.edited",
  "messages.reply",
] as const;

/** A nonce counts for a day. */
const nonceSeconds = 86_400;
const clearingRate = 1000;

/** Messages in SQLite. */
export class SqliteMessages implements MessageStore {
  readonly #query: Kysely<Tables>;
  readonly #index: SearchIndex;

  constructor(query: Kysely<Tables>) {
    this.#query = query;
    this.#index = new SearchIndex(query);
  }

  async get(uuid: number): Promise<Message | undefined> {
    const row = await this.#query
      .selectFrom("messages")
      .select(messageColumns)
      .where("uuid", "=", uuid)
      .executeTakeFirst();
    return row && toMessage(row);
  }

  async history({ channel, limit, before }: HistoryQuery): Promise<Message[] | undefined> {
    let query = this.#query
      .selectFrom("messages")
      .select(messageColumns)
      .where("channel_uuid", "=", channel)
      .orderBy("rowid", "desc")
      .limit(limit);
    if (before !== undefined) {
      const bound = await this.#rowOf(before);
      if (bound === undefined) return undefined;
      query = query.where("rowid", "<", bound);
    }
    const rows = await query.execute();
    return rows.reverse().map(toMessage);
  }

  async add(message: Omit<Message, "uuid" | "edited">): Promise<Message> {
    const { content, author_uuid, channel_uuid, date, reply } = message;
    const uuid = await withFreshUuid((fresh) =>
      this.#query
        .insertInto("messages")
        .values({ uuid: fresh, content, author_uuid, channel_uuid, date, edited: 0, reply })
        .execute(),
    );
    return { uuid, content, author_uuid, channel_uuid, date, edited: false, reply };
  }

  async edit(message: Message, content: string): Promise<void> {
    const row = await this.#rowOf(message.uuid);
    if (row !== undefined) await this.#index.replace(row, message.content, content);
    await this.#query
      .updateTable("messages")
      .set({ content, edited: 1 })
      .where("uuid", "=", message.uuid)
      .execute();
  }

  async remove(message: Message): Promise<void> {
    const row = await this.#rowOf(message.uuid);
    if (row !== undefined) await this.#index.remove(row, message.content);
    await this.#query.deleteFrom("messages").where("uuid", "=", message.uuid).execute();
  }

  async byNonce(user: number, nonce: string, date: number): Promise<number | undefined> {
    const row = await this.#query
      .selectFrom("asterite_nonces")
      .select("message_uuid")
      .where("user_uuid", "=", user)
      .where("nonce", "=", nonce)
      .where("date", ">", date - nonceSeconds)
      .executeTakeFirst();
    return row?.message_uuid;
  }

  async rememberNonce(user: number, nonce: string, message: number, date: number): Promise<void> {
    await this.#query
      .replaceInto("asterite_nonces")
      .values({ user_uuid: user, nonce, message_uuid: message, date })
      .execute();
    // Message numbers are random, so one in so many of them clears away what has expired.
    if (message % clearingRate !== 0) return;
    await this.#query
      .deleteFrom("asterite_nonces")
      .where("date", "<", date - nonceSeconds)
      .execute();
  }

  async #rowOf(uuid: number): Promise<number | undefined> {
    const row = await this.#query
      .selectFrom("messages")
      .select("rowid")
      .where("uuid", "=", uuid)
      .executeTakeFirst();
    return row?.rowid;
  }
}
