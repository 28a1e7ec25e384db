// Runs in a thread of its own: asks one question at a time over a connection that only reads.

import { DatabaseSync } from "node:sqlite";
import { parentPort, workerData } from "node:worker_threads";
import type { LongQueries } from "../store.ts";
import { createQueryBuilder } from "./database.ts";
import { SqliteLongQueries } from "./long-queries.ts";

/** A question: which one, and what about. */
export type LongQueryRequest = {
  [Name in keyof LongQueries]: { readonly name: Name; readonly parameters: Parameters<LongQueries[Name]> };
}[keyof LongQueries] & { readonly id: number };

/** Its answer. */
export type LongQueryReply =
  | { readonly id: number; readonly result: unknown }
  | { readonly id: number; readonly error: Error };

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
  const { id } = request;
  let answer: LongQueryReply;
  try {
    answer = { id, result: await runQuery(request) };
  } catch (error) {
    answer = { id, error: error instanceof Error ? error : new Error(String(error)) };
  }
  parentPort?.postMessage(answer);
});
