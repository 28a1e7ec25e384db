import type { StatementSync } from "node:sqlite";
import type { Message } from "@asterite/aster-protocol";
import type { Kysely, Selectable } from "kysely";
import { clearingRate, nonceSeconds } from "../limits.ts";
import type { HistoryQuery, MessageStore } from "../store.ts";
import type { OpenDatabase } from "./database.ts";
import { withFreshUuid } from "./fresh-uuid.ts";
import type { Tables } from "./schema.ts";
import { SearchIndex } from "./search-index.ts";

type MessageRow = Omit<Selectable<Tables["messages"]>, "rowid">;

/** A row as a message. */
export const toMessage = (row: MessageRow): Message => ({
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

const rowsOf = (result: readonly unknown[]): MessageRow[] => result as MessageRow[];

/**
 * Messages in SQLite. What every conversation does all the time is prepared once as SQL: the query builder would
 * cost several times what the database does.
 */
export class SqliteMessages implements MessageStore {
  readonly #query: Kysely<Tables>;
  readonly #index: SearchIndex;
  readonly #insert: StatementSync;
  readonly #newest: StatementSync;
  readonly #before: StatementSync;
  readonly #findNonce: StatementSync;
  readonly #keepNonce: StatementSync;

  constructor({ query, raw }: OpenDatabase) {
    this.#query = query;
    this.#index = new SearchIndex(query);
    this.#insert = raw.prepare(
      `insert into messages (uuid, content, author_uuid, channel_uuid, date, edited, reply)
       values (?, ?, ?, ?, ?, 0, ?)`,
    );
    const page = (condition: string): StatementSync =>
      raw.prepare(
        `select uuid, content, author_uuid, channel_uuid, date, edited, reply from messages
         where channel_uuid = ? ${condition} order by rowid desc limit ?`,
      );
    this.#newest = page("");
    this.#before = page("and rowid < ?");
    this.#findNonce = raw.prepare(
      "select message_uuid from asterite_nonces where user_uuid = ? and nonce = ? and date > ?",
    );
    this.#keepNonce = raw.prepare(
      "replace into asterite_nonces (user_uuid, nonce, message_uuid, date) values (?, ?, ?, ?)",
    );
  }

  async get(uuid: number): Promise<Message | undefined> {
    const row = await this.#query
      .selectFrom("messages")
      .select(messageColumns)
      .where("uuid", "=", uuid)
      .executeTakeFirst();
    return row && toMessage(row);
  }

  async several(uuids: readonly number[]): Promise<ReadonlyMap<number, Message>> {
    const found = new Map<number, Message>();
    for (const uuid of uuids) {
      const message = found.has(uuid) ? undefined : await this.get(uuid);
      if (message) found.set(uuid, message);
    }
    return found;
  }

  async history({ channel, limit, before }: HistoryQuery): Promise<Message[] | undefined> {
    const bound = before === undefined ? undefined : await this.#rowOf(before);
    if (before !== undefined && bound === undefined) return undefined;
    const rows =
      bound === undefined ? this.#newest.all(channel, limit) : this.#before.all(channel, bound, limit);
    return rowsOf(rows).reverse().map(toMessage);
  }

  async add(message: Omit<Message, "uuid" | "edited">): Promise<Message> {
    const { content, author_uuid, channel_uuid, date, reply } = message;
    const uuid = await withFreshUuid((fresh) =>
      this.#insert.run(fresh, content, author_uuid, channel_uuid, date, reply),
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

  byNonce(user: number, nonce: string, date: number): Promise<number | undefined> {
    const row = this.#findNonce.get(user, nonce, date - nonceSeconds);
    return Promise.resolve(row && Number(row["message_uuid"]));
  }

  async rememberNonce(user: number, nonce: string, message: number, date: number): Promise<void> {
    this.#keepNonce.run(user, nonce, message, date);
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
