import { Permissions } from "@asterite/aster-protocol";
import type { Logger } from "@asterite/util";
import type { Kysely } from "kysely";
import { ServerError } from "../../errors.ts";
import { randomUuid } from "../../uuid.ts";
import { createId } from "../epoch.ts";
import type { InitialContent } from "../initial-content.ts";
import { redactAddress } from "./address.ts";
import { isImportUnfinished } from "./imports.ts";
import { migrate } from "./migrations/index.ts";
import type { Tables } from "./schema.ts";

/**
 * Creates or migrates the tables, and fills a new database with its initial content.
 *
 * @returns The cluster id: a random id of the database.
 * @throws ServerError with `DATABASE_UNUSABLE` or `DATABASE_VERSION`.
 */
export async function prepareDatabase(
  query: Kysely<Tables>,
  address: string,
  initial: InitialContent,
  logger: Logger,
): Promise<string> {
  try {
    await migrate(query, logger);
    return await query.transaction().execute((tx) => fillIfEmpty(tx, initial));
  } catch (error) {
    if (error instanceof ServerError) throw error;
    const reason = errorReason(error);
    throw new ServerError(
      "DATABASE_UNUSABLE",
      `The database ${redactAddress(address)} cannot be used: ${reason}`,
      { cause: error },
    );
  }
}

async function fillIfEmpty(tx: Kysely<Tables>, initial: InitialContent): Promise<string> {
  await tx.selectFrom("sequence").selectAll().forUpdate().execute();
  const present = await tx.selectFrom("server").select("cluster").executeTakeFirst();
  if (present) return present.cluster;
  if (await isImportUnfinished(tx)) {
    throw new ServerError(
      "DATABASE_UNUSABLE",
      "An import into the database was not completed; run asterite admin import again",
    );
  }
  const cluster = createId();
  const base_permissions = Uint8Array.from(Permissions.initialBase.toBytes());
  await tx
    .insertInto("server")
    .values({ cluster, server_id: createId(), ...initial, base_permissions })
    .execute();
  await tx
    .insertInto("channels")
    .values({ uuid: randomUuid(), name: "general", position: 0, slow_seconds: 0 })
    .execute();
  return cluster;
}

/**
 * Returns the reason of a connection failure. An attempt on several addresses fails with one error for each.
 */
const errorReason = (error: unknown): string =>
  error instanceof AggregateError
    ? error.errors.map(errorReason).join("; ")
    : error instanceof Error
      ? error.message
      : String(error);
