import { type Kysely, sql } from "kysely";
import { separateUnspaced } from "../full-text.ts";
import type { Tables } from "./schema.ts";

/** Messages indexed in one transaction, which takes a few milliseconds. */
const messagesPerBatch = 200;

/** Progress of the index, as rows of `messages`. */
export interface IndexProgress {
  /** Last row that is indexed. */
  readonly indexedRow: number;
  readonly newestRow: number;
}

/**
 * Full-text index over `messages`. A separate table that catches up by rowid, because triggers on the
 * reference server's tables would break that server.
 */
export class SearchIndex {
  readonly #query: Kysely<Tables>;

  constructor(query: Kysely<Tables>) {
    this.#query = query;
  }

  /** Indexes the next messages. Returns the progress. */
  async indexNextBatch(): Promise<IndexProgress> {
    const from = await this.#lastIndexedRow();
    const { rows: messages } = await sql<{ rowid: number; content: string }>`
      select rowid, content from messages where rowid > ${from}
      order by rowid limit ${messagesPerBatch}`.execute(this.#query);
    for (const { rowid, content } of messages) await this.#insert(rowid, content);
    const { rows } = await sql<{ newest: number }>`
      select coalesce(max(rowid), 0) as newest from messages`.execute(this.#query);
    return { indexedRow: messages.at(-1)?.rowid ?? from, newestRow: rows[0]?.newest ?? 0 };
  }

  /** Replaces the text of a message, if it is indexed. */
  async replace(rowid: number, old: string, content: string): Promise<void> {
    if (await this.remove(rowid, old)) await this.#insert(rowid, content);
  }

  /**
   * Removes a message with its words from the index. Returns whether it was indexed.
   *
   * @param content - Text that was indexed, because the index itself does not contain it.
   */
  async remove(rowid: number, content: string): Promise<boolean> {
    const { rows } = await sql`select 1 from asterite_text_docsize where id = ${rowid}`.execute(this.#query);
    if (rows.length === 0) return false;
    await sql`
      insert into asterite_text (asterite_text, rowid, content)
      values ('delete', ${rowid}, ${separateUnspaced(content)})`.execute(this.#query);
    return true;
  }

  async #insert(rowid: number, content: string): Promise<void> {
    await this.#query
      .insertInto("asterite_text")
      .values({ rowid, content: separateUnspaced(content) })
      .execute();
  }

  /** Queried each time and not cached, because a rollback also undoes index entries. */
  async #lastIndexedRow(): Promise<number> {
    // FTS5 keeps one row in `docsize` for each indexed document.
    const { rows } = await sql<{ newest: number }>`
      select coalesce(max(id), 0) as newest from asterite_text_docsize`.execute(this.#query);
    return rows[0]?.newest ?? 0;
  }
}
