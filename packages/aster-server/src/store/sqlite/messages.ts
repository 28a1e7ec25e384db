import type { StatementSync } from "node:sqlite";
import type { Message } from "@asterite/aster-protocol";
import { type Kysely, type Selectable, sql } from "kysely";
import { AscendingUuids } from "../../uuid.ts";
import { cleanupInterval, nonceLifetimeSeconds } from "../limits.ts";
import type { HistoryQuery, MessageStore } from "../store.ts";
import type { OpenDatabase } from "./database.ts";
import { withFreshUuid } from "./fresh-uuid.ts";
import type { Tables } from "./schema.ts";
import { SearchIndex } from "./search-index.ts";

/** Row of a message. */
export type MessageRow = Omit<Selectable<Tables["messages"]>, "rowid">;

/** Converts a row to a message. */
export const toMessage = (row: MessageRow): Message => ({
  uuid: row.uuid,
  content: row.content,
  author_uuid: row.author_uuid,
  channel_uuid: row.channel_uuid,
  date: row.date,
  edited: row.edited !== 0,
  reply: row.reply,
});

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

const asRows = (result: Iterable<unknown>): Iterable<MessageRow> => result as Iterable<MessageRow>;

/**
 * Messages in SQLite. Frequent statements are prepared once as SQL, because the query builder would cost
 * several times as much as the statement.
 */
export class SqliteMessages implements MessageStore {
  readonly #query: Kysely<Tables>;
  readonly #searchIndex: SearchIndex;
  readonly #onTextRemoved: () => void;
  readonly #uuids = new AscendingUuids();
  readonly #insert: StatementSync;
  readonly #selectNewest: StatementSync;
  readonly #selectBefore: StatementSync;
  readonly #selectNonce: StatementSync;
  readonly #replaceNonce: StatementSync;

  /** @param onTextRemoved - Called when a text is removed or replaced. */
  constructor({ query, raw }: OpenDatabase, onTextRemoved: () => void) {
    this.#onTextRemoved = onTextRemoved;
    this.#query = query;
    this.#searchIndex = new SearchIndex(query);
    this.#insert = raw.prepare(
      `insert into messages (uuid, content, author_uuid, channel_uuid, date, edited, reply)
       values (?, ?, ?, ?, ?, 0, ?)`,
    );
    const page = (condition: string): StatementSync =>
      raw.prepare(
        `select uuid, content, author_uuid, channel_uuid, date, edited, reply from messages
         where channel_uuid = ? ${condition} order by rowid desc limit ?`,
      );
    this.#selectNewest = page("");
    this.#selectBefore = page("and rowid < ?");
    this.#selectNonce = raw.prepare(
      "select message_uuid from asterite_nonces where user_uuid = ? and nonce = ? and date > ?",
    );
    this.#replaceNonce = raw.prepare(
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

  async getMany(uuids: readonly number[]): Promise<ReadonlyMap<number, Message>> {
    const found = new Map<number, Message>();
    for (const uuid of uuids) {
      const message = found.has(uuid) ? undefined : await this.get(uuid);
      if (message) found.set(uuid, message);
    }
    return found;
  }

  async readPage(query: HistoryQuery): Promise<Message[] | undefined> {
    const { channel, limit, before, maxBytes = Number.POSITIVE_INFINITY } = query;
    const bound = before === undefined ? undefined : await this.#readRowid(before);
    if (before !== undefined && bound === undefined) return undefined;
    const rows =
      bound === undefined
        ? this.#selectNewest.iterate(channel, limit)
        : this.#selectBefore.iterate(channel, bound, limit);
    const page: Message[] = [];
    let left = maxBytes;
    for (const row of asRows(rows)) {
      left -= Buffer.byteLength(row.content);
      if (left < 0 && page.length > 0) break;
      page.push(toMessage(row));
    }
    return page.reverse();
  }

  async add(message: Omit<Message, "uuid" | "edited">): Promise<Message> {
    const { content, author_uuid, channel_uuid, date, reply } = message;
    const uuid = await withFreshUuid(
      (fresh) => this.#insert.run(fresh, content, author_uuid, channel_uuid, date, reply),
      this.#uuids.next(),
    );
    return { uuid, content, author_uuid, channel_uuid, date, edited: false, reply };
  }

  async edit(message: Message, content: string): Promise<void> {
    const row = await this.#readRowid(message.uuid);
    if (row !== undefined) await this.#searchIndex.replace(row, message.content, content);
    this.#onTextRemoved();
    await this.#query
      .updateTable("messages")
      .set({ content, edited: 1 })
      .where("uuid", "=", message.uuid)
      .execute();
  }

  async remove(message: Message): Promise<void> {
    const row = await this.#readRowid(message.uuid);
    if (row !== undefined) {
      await this.#searchIndex.remove(row, message.content);
      // SQLite assigns the rowid of the newest message again after its deletion. A marker at that rowid would
      // count the next message as read.
      await sql`
        update asterite_markers set message_rowid = coalesce(
          (select max(rowid) from messages where channel_uuid = ${message.channel_uuid} and rowid < ${row}), 0)
        where message_rowid = ${row}`.execute(this.#query);
    }
    await this.#query.deleteFrom("messages").where("uuid", "=", message.uuid).execute();
    this.#onTextRemoved();
  }

  findByNonce(user: number, nonce: string, date: number): Promise<number | undefined> {
    const row = this.#selectNonce.get(user, nonce, date - nonceLifetimeSeconds);
    return Promise.resolve(row && Number(row["message_uuid"]));
  }

  async rememberNonce(user: number, nonce: string, message: number, date: number): Promise<void> {
    this.#replaceNonce.run(user, nonce, message, date);
    if (message % cleanupInterval !== 0) return;
    await this.#query
      .deleteFrom("asterite_nonces")
      .where("date", "<", date - nonceLifetimeSeconds)
      .execute();
  }

  async #readRowid(uuid: number): Promise<number | undefined> {
    const row = await this.#query
      .selectFrom("messages")
      .select("rowid")
      .where("uuid", "=", uuid)
      .executeTakeFirst();
    return row?.rowid;
  }
}
