import { type Kysely, sql } from "kysely";
import { createSnippet, toTsQuery } from "../full-text.ts";
import type { FoundMessage, LongQueries, ReadMarker, SearchQuery } from "../store.ts";
import { messageColumns, readPlace } from "./messages.ts";
import { readMarkers } from "./read-markers.ts";
import type { Tables } from "./schema.ts";

/** Long-running queries in PostgreSQL, each on its own connection of the pool. */
export class PostgresLongQueries implements LongQueries {
  readonly #query: Kysely<Tables>;

  constructor(query: Kysely<Tables>) {
    this.#query = query;
  }

  async search(search: SearchQuery): Promise<FoundMessage[] | undefined> {
    const { words, channels, author, before, limit } = search;
    const bound = before === undefined ? undefined : await readPlace(this.#query, before);
    if (before !== undefined && bound === undefined) return undefined;
    const tsQuery = toTsQuery(words);
    if (tsQuery === undefined || channels.length === 0) return [];
    let query = this.#query
      .selectFrom("messages")
      .select(messageColumns)
      .where(sql<boolean>`words @@ ${tsQuery}::tsquery`)
      .where("channel_uuid", "in", channels)
      .orderBy("place", "desc")
      .limit(limit);
    if (author !== undefined) query = query.where("author_uuid", "=", author);
    if (bound !== undefined) query = query.where("place", "<", bound);
    const rows = await query.execute();
    return rows.map((row) => ({ ...row, snippet: createSnippet(row.content, words) }));
  }

  readMarkers(user: number): Promise<ReadMarker[]> {
    return readMarkers(this.#query, user);
  }

  async readMarker(user: number, channel: number): Promise<ReadMarker | undefined> {
    const [marker] = await readMarkers(this.#query, user, channel);
    return marker;
  }
}
