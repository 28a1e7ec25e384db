import type { Kysely } from "kysely";
import { createId, maxEpochs, toEpoch } from "../epoch.ts";
import type { Epoch } from "../store.ts";
import type { Tables } from "./schema.ts";

/** Reads the present epoch with its forks. */
export async function readEpoch(query: Kysely<Tables>): Promise<Epoch> {
  const rows = await query
    .selectFrom("epochs")
    .select(["epoch", "started_after"])
    .orderBy("number", "desc")
    .limit(maxEpochs)
    .execute();
  return toEpoch(rows.reverse());
}

/** Starts a new epoch after an event and returns its id. The caller holds the sequence lock. */
export async function startEpoch(query: Kysely<Tables>, started_after: number): Promise<string> {
  const epoch = createId();
  await query.insertInto("epochs").values({ epoch, started_after }).execute();
  await query.updateTable("sequence").set({ epoch }).execute();
  return epoch;
}
