import type { QueryExecutorProvider } from "kysely";

/** Source of queries of either database. */
export interface TableSource {
  queryForReading(): Promise<QueryExecutorProvider>;
  queryForWriting(): Promise<QueryExecutorProvider>;
}

/** Returns a source that uses one query builder for reads and writes. */
export function sourceOver(query: QueryExecutorProvider): TableSource {
  const source = (): Promise<QueryExecutorProvider> => Promise.resolve(query);
  return { queryForReading: source, queryForWriting: source };
}
