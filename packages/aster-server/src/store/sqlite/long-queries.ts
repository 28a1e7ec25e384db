import { type Kysely, sql } from "kysely";
import { createSnippet, separateUnspaced } from "../full-text.ts";
import { SearchError } from "../search-error.ts";
import type { FoundMessage, LongQueries, ReadMarker, SearchQuery } from "../store.ts";
import { type MessageRow, messageColumns, toMessage } from "./messages.ts";
import { readMarkers } from "./read-markers.ts";
import type { Tables } from "./schema.ts";

/** Long-running queries in SQLite, in the worker thread or in the main thread. */
export class SqliteLongQueries implements LongQueries {
  readonly #query: Kysely<Tables>;

  constructor(query: Kysely<Tables>) {
    this.#query = query;
  }

  async search(search: SearchQuery): Promise<FoundMessage[] | undefined> {
    try {
      return await this.#search(search);
    } catch (error) {
      throw new SearchError(error);
    }
  }

  async #search(search: SearchQuery): Promise<FoundMessage[] | undefined> {
    const { words, channels, author, before, since, until, limit } = search;
    const [channel, ...others] = channels;
    const conditions = [
      others.length === 0
        ? sql`messages.channel_uuid = ${channel ?? null}`
        : // The plus keeps SQLite from sorting all messages of these channels: it reads the newest ones first.
          sql`+messages.channel_uuid in (${sql.join(channels)})`,
    ];
    if (words !== "") conditions.push(sql`asterite_text match ${toMatchExpression(words)}`);
    if (author !== undefined) conditions.push(sql`messages.author_uuid = ${author}`);
    if (since !== undefined) conditions.push(sql`messages.date >= ${since}`);
    if (until !== undefined) conditions.push(sql`messages.date < ${until}`);
    const [source, rowid] =
      words === ""
        ? [sql`messages`, sql`messages.rowid`]
        : [
            sql`asterite_text join messages on messages.rowid = asterite_text.rowid`,
            sql`asterite_text.rowid`,
          ];
    if (before !== undefined) {
      const bound = await this.#query
        .selectFrom("messages")
        .select("rowid")
        .where("uuid", "=", before)
        .executeTakeFirst();
      if (!bound) return undefined;
      conditions.push(sql`${rowid} < ${bound.rowid}`);
    }
    const columns = sql.join(messageColumns.map((column) => sql.ref(column)));
    const { rows } = await sql<MessageRow>`
      select ${columns} from ${source} where ${sql.join(conditions, sql` and `)}
      order by ${rowid} desc limit ${limit}`.execute(this.#query);
    return rows.map((row) => ({ ...toMessage(row), snippet: createSnippet(row.content, words) }));
  }

  readMarkers(user: number): Promise<ReadMarker[]> {
    return readMarkers(this.#query, user);
  }

  async readMarker(user: number, channel: number): Promise<ReadMarker | undefined> {
    const [marker] = await readMarkers(this.#query, user, channel);
    return marker;
  }
}

/**
 * Returns an FTS5 expression that requires all words, the last one as a prefix. Quotes words, so none is an
 * operator.
 */
const toMatchExpression = (words: string): string => {
  // NUL would end the expression inside a quoted string.
  const phrases = words
    .split(/[\s\0]+/)
    .filter((word) => word !== "")
    .map((word) => `"${separateUnspaced(word).replaceAll('"', '""')}"`);
  return phrases.length > 0 ? `${phrases.join(" ")}*` : '""';
};
