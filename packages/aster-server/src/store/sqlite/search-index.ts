import { type Kysely, sql } from "kysely";
import type { Tables } from "./schema.ts";

/** Messages taken into the index in one step, which takes a few milliseconds. */
const messagesPerBatch = 200;

/**
 * The full-text index over `messages`. It is a table of its own that catches up by row id, because triggers on
 * the reference server's tables would break that server.
 */
export class SearchIndex {
  readonly #query: Kysely<Tables>;

  constructor(query: Kysely<Tables>) {
    this.#query = query;
  }

  /** Takes in the next messages; says whether more are waiting. */
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

  async replace(rowid: number, before: string, after: string): Promise<void> {
    if (rowid > (await this.#lastIndexedRow())) return;
    await this.remove(rowid, before);
    await sql`insert into asterite_search(rowid, content) values (${rowid}, ${after})`.execute(this.#query);
  }

  async remove(rowid: number, before: string): Promise<void> {
    if (rowid > (await this.#lastIndexedRow())) return;
    await sql`
      insert into asterite_search(asterite_search, rowid, content)
      values ('delete', ${rowid}, ${before})`.execute(this.#query);
  }

  /** Asked each time: a transaction that is undone takes the index back with it. */
  async #lastIndexedRow(): Promise<number> {
    // The index keeps one row of sizes for each document that it holds.
    const { rows } = await sql<{ newest: number }>`
      select coalesce(max(id), 0) as newest from asterite_search_docsize`.execute(this.#query);
    return rows[0]?.newest ?? 0;
  }
}
