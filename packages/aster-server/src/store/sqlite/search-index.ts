import { type Kysely, sql } from "kysely";
import type { Tables } from "./schema.ts";

/** Messages indexed in one transaction, which takes a few milliseconds. */
const messagesPerBatch = 200;

/**
 * Full-text index over `messages`. A separate table that catches up by rowid, because triggers on the
 * reference server's tables would break that server.
 */
export class SearchIndex {
  readonly #query: Kysely<Tables>;

  constructor(query: Kysely<Tables>) {
    this.#query = query;
  }

  /** Indexes the next messages. Returns whether more are left. */
  async indexNextBatch(): Promise<boolean> {
    const from = await this.#lastIndexedRow();
    const { rows } = await sql<{ newest: number }>`
      select coalesce(max(rowid), 0) as newest from messages`.execute(this.#query);
    const newest = rows[0]?.newest ?? 0;
    if (from >= newest) return false;
    await sql`
      insert into asterite_search(rowid, content)
      select rowid, content from messages where rowid > ${from} order by rowid limit ${messagesPerBatch}`.execute(
      this.#query,
    );
    return (await this.#lastIndexedRow()) < newest;
  }

  /** Replaces the text of an indexed message. FTS5 needs the old text to remove its entries. */
  async replace(rowid: number, before: string, after: string): Promise<void> {
    if (rowid > (await this.#lastIndexedRow())) return;
    await this.remove(rowid, before);
    await sql`insert into asterite_search(rowid, content) values (${rowid}, ${after})`.execute(this.#query);
  }

  /** Removes an indexed message; `before` is its indexed text. */
  async remove(rowid: number, before: string): Promise<void> {
    if (rowid > (await this.#lastIndexedRow())) return;
    await sql`
      insert into asterite_search(asterite_search, rowid, content)
      values ('delete', ${rowid}, ${before})`.execute(this.#query);
  }

  /** Queried each time and not cached, because a rollback also undoes index entries. */
  async #lastIndexedRow(): Promise<number> {
    // FTS5 keeps one row in `docsize` for each indexed document.
    const { rows } = await sql<{ newest: number }>`
      select coalesce(max(id), 0) as newest from asterite_search_docsize`.execute(this.#query);
    return rows[0]?.newest ?? 0;
  }
}
