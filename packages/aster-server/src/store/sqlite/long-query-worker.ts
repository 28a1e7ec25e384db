// Entry point of the worker thread: runs queries over a read-only connection.

import { DatabaseSync } from "node:sqlite";
import { parentPort, workerData } from "node:worker_threads";
import type { LongQueries } from "../store.ts";
import { createQueryBuilder } from "./database.ts";
import { SqliteLongQueries } from "./long-queries.ts";

/** Request to the worker: the method and its parameters. */
export type LongQueryRequest = {
  [Name in keyof LongQueries]: {
    readonly name: Name;
    readonly parameters: Parameters<SqliteLongQueries[Name]>;
  };
}[keyof LongQueries];

/** Reply of the worker. */
export type LongQueryReply = { readonly result: unknown } | { readonly error: Error };

const longQueries = new SqliteLongQueries(
  createQueryBuilder(
    new DatabaseSync(String(workerData), { readOnly: true, enableForeignKeyConstraints: false }),
  ),
);

const runQuery = (request: LongQueryRequest): Promise<unknown> => {
  switch (request.name) {
    case "search":
      return longQueries.search(...request.parameters);
    case "readMarkers":
      return longQueries.readMarkers(...request.parameters);
    case "readMarker":
      return longQueries.readMarker(...request.parameters);
  }
};

parentPort?.on("message", async (request: LongQueryRequest) => {
  let reply: LongQueryReply;
  try {
    reply = { result: await runQuery(request) };
  } catch (error) {
    reply = { error: error instanceof Error ? error : new Error(String(error)) };
  }
  parentPort?.postMessage(reply);
});
