// Runs in a thread of its own: asks one question at a time over a connection that only reads.

import { DatabaseSync } from "node:sqlite";
import { parentPort, workerData } from "node:worker_threads";
import type { Scans } from "../store.ts";
import { queryOver } from "./database.ts";
import { SqliteScans } from "./long-queries.ts";

/** A question: which one, and what about. */
export type ScanRequest = {
  [Name in keyof Scans]: { readonly name: Name; readonly parameters: Parameters<Scans[Name]> };
}[keyof Scans] & { readonly id: number };

/** Its answer. */
export type ScanAnswer =
  | { readonly id: number; readonly result: unknown }
  | { readonly id: number; readonly error: Error };

const scans = new SqliteScans(
  queryOver(new DatabaseSync(String(workerData), { readOnly: true, enableForeignKeyConstraints: false })),
);

const answerTo = (request: ScanRequest): Promise<unknown> => {
  switch (request.name) {
    case "search":
      return scans.search(...request.parameters);
    case "markers":
      return scans.markers(...request.parameters);
    case "marker":
      return scans.marker(...request.parameters);
  }
};

parentPort?.on("message", async (request: ScanRequest) => {
  const { id } = request;
  let answer: ScanAnswer;
  try {
    answer = { id, result: await answerTo(request) };
  } catch (error) {
    answer = { id, error: error instanceof Error ? error : new Error(String(error)) };
  }
  parentPort?.postMessage(answer);
});
