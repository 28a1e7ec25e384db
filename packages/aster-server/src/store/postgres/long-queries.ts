import { setImmediate as nextTurn } from "node:timers/promises";
import { type Kysely, sql } from "kysely";
import { createSnippet, toTsQuery } from "../full-text.ts";
import { SearchError } from "../search-error.ts";
import type { FoundMessage, LongQueries, ReadMarker, SearchQuery } from "../store.ts";
import { messageColumns, readPlace } from "./messages.ts";
import { readMarkers } from "./read-markers.ts";
import type { Tables } from "./schema.ts";

/** Long-running queries in PostgreSQL, each on its own connection of the pool. */
export class PostgresLongQueries implements LongQueries {
  readonly #query: Kysely<Tables>;
  readonly #control: Kysely<Tables>;

  /** @param control - Connection on which queries of others are cancelled. */
  constructor(query: Kysely<Tables>, control: Kysely<Tables>) {
    this.#query = query;
    this.#control = control;
  }

  async search(search: SearchQuery, signal?: AbortSignal): Promise<FoundMessage[] | undefined> {
    try {
      return await this.#query
        .connection()
        .execute((connection) =>
          this.#cancelOnAbort(connection, signal, () => findMessages(connection, search, signal)),
        );
    } catch (error) {
      throw new SearchError(error);
    }
  }

  /** Runs queries of one connection, which the database cancels when the signal is aborted. */
  async #cancelOnAbort<Result>(
    connection: Kysely<Tables>,
    signal: AbortSignal | undefined,
    run: () => Promise<Result>,
  ): Promise<Result> {
    if (!signal) return await run();
    const { rows } = await sql<{ pid: number }>`select pg_backend_pid() as pid`.execute(connection);
    let cancelled: Promise<unknown> | undefined;
    const cancel = (): void => {
      // An embedded database has one connection only.
      if (this.#control === this.#query) return;
      cancelled = sql`select pg_cancel_backend(${rows[0]?.pid}::integer)`.execute(this.#control);
      // The time limit of the query applies then.
      cancelled.catch(() => {});
    };
    signal.addEventListener("abort", cancel);
    try {
      signal.throwIfAborted();
      return await run();
    } finally {
      signal.removeEventListener("abort", cancel);
      // Otherwise it could reach the next query of the connection.
      await cancelled?.catch(() => {});
    }
  }

  readMarkers(user: number): Promise<ReadMarker[]> {
    return readMarkers(this.#query, user);
  }

  async readMarker(user: number, channel: number): Promise<ReadMarker | undefined> {
    const [marker] = await readMarkers(this.#query, user, channel);
    return marker;
  }
}

async function findMessages(
  connection: Kysely<Tables>,
  search: SearchQuery,
  signal: AbortSignal | undefined,
): Promise<FoundMessage[] | undefined> {
  const { words, channels, author, before, since, until, limit } = search;
  const bound = before === undefined ? undefined : await readPlace(connection, before);
  if (before !== undefined && bound === undefined) return undefined;
  const tsQuery = words === "" ? undefined : toTsQuery(words);
  if ((words !== "" && tsQuery === undefined) || channels.length === 0) return [];
  let query = connection
    .selectFrom("messages")
    .select(messageColumns)
    .where("channel_uuid", "in", channels)
    .orderBy("place", "desc")
    .limit(limit);
  if (tsQuery !== undefined) query = query.where(sql<boolean>`words @@ ${tsQuery}::tsquery`);
  if (author !== undefined) query = query.where("author_uuid", "=", author);
  if (since !== undefined) query = query.where("date", ">=", since);
  if (until !== undefined) query = query.where("date", "<", until);
  if (bound !== undefined) query = query.where("place", "<", bound);
  const rows = await query.execute();
  const found: FoundMessage[] = [];
  for (const row of rows) {
    found.push({ ...row, snippet: createSnippet(row.content, words) });
    // Other connections are served between two excerpts.
    await nextTurn();
    signal?.throwIfAborted();
  }
  return found;
}
