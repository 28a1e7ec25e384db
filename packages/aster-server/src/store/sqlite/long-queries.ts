import { type Kysely, sql } from "kysely";
import { createSnippet, separateUnspaced } from "../full-text.ts";
import { SearchError } from "../search-error.ts";
import type { FoundMessage, LongQueries, ReadMarker, SearchQuery } from "../store.ts";
import { messageColumns, toMessage } from "./messages.ts";
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
    let query = this.#query
      .selectFrom("asterite_text")
      .innerJoin("messages", "messages.rowid", "asterite_text.rowid")
      .select(messageColumns)
      .where(sql<boolean>`asterite_text match ${toMatchExpression(words)}`)
      .where("messages.channel_uuid", "in", channels)
      .orderBy("asterite_text.rowid", "desc")
      .limit(limit);
    if (author !== undefined) query = query.where("messages.author_uuid", "=", author);
    if (since !== undefined) query = query.where("messages.date", ">=", since);
    if (until !== undefined) query = query.where("messages.date", "<", until);
    if (before !== undefined) {
      const bound = await this.#query
        .selectFrom("messages")
        .select("rowid")
        .where("uuid", "=", before)
        .executeTakeFirst();
      if (!bound) return undefined;
      query = query.where("asterite_text.rowid", "<", bound.rowid);
    }
    const rows = await query.execute();
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
