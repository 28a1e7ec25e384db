import { randomBytes } from "node:crypto";
import { type Kysely, sql } from "kysely";
import type { BusKey } from "../shared-log.ts";
import type { Tables } from "./schema.ts";

const keyBytes = 32;
/** Keys that are kept: the newest, and the previous one for messages on their way. */
const keptKeys = 2;

/** Reads the keys that authenticate messages between processes, newest first. */
export const readBusKeys = (query: Kysely<Tables>): Promise<BusKey[]> =>
  query
    .selectFrom("bus_keys")
    .select(["number", "key", sql<number>`extract(epoch from created)::float8 * 1000`.as("createdMs")])
    .orderBy("number", "desc")
    .limit(keptKeys)
    .execute();

/** Adds a new key, removes all but the previous one, and returns the number of the new key. */
export const rotateBusKey = (query: Kysely<Tables>): Promise<number> =>
  query.transaction().execute(async (tx) => {
    const { number } = await tx
      .insertInto("bus_keys")
      .values({ key: randomBytes(keyBytes) })
      .returning("number")
      .executeTakeFirstOrThrow();
    const kept = tx.selectFrom("bus_keys").select("number").orderBy("number", "desc").limit(keptKeys);
    await tx.deleteFrom("bus_keys").where("number", "not in", kept).execute();
    return number;
  });
