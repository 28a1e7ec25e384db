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

  /** Replaces the text of an indexed message. */
  async replace(rowid: number, content: string): Promise<void> {
    if (rowid > (await this.#lastIndexedRow())) return;
    await this.remove(rowid);
    await this.#insert(rowid, content);
  }

  /** Removes an indexed message. */
  async remove(rowid: number): Promise<void> {
    await this.#query.deleteFrom("asterite_words").where("rowid", "=", rowid).execute();
  }

  async #insert(rowid: number, content: string): Promise<void> {
    await this.#query
      .insertInto("asterite_words")
      .values({ rowid, content: separateUnspaced(content) })
      .execute();
  }

  /** Queried each time and not cached, because a rollback also undoes index entries. */
  async #lastIndexedRow(): Promise<number> {
    // FTS5 keeps one row in `docsize` for each indexed document.
    const { rows } = await sql<{ newest: number }>`
      select coalesce(max(id), 0) as newest from asterite_words_docsize`.execute(this.#query);
    return rows[0]?.newest ?? 0;
  }
}
