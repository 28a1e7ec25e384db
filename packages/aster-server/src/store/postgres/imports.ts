import type { Kysely } from "kysely";
import type { Tables } from "./schema.ts";

/** Stands in the table of imports when one is complete. */
export const importCompleteRow = "*";

/** Whether an import into the database was begun and is not complete. */
export async function isImportUnfinished(query: Kysely<Tables>): Promise<boolean> {
  const imports = await query.selectFrom("imports").select("table_name").execute();
  return imports.length > 0 && imports.every(({ table_name }) => table_name !== importCompleteRow);
}
