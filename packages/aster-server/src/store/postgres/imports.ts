import type { Kysely } from "kysely";
import type { Tables } from "./schema.ts";

/** Table name of the row in `imports` that marks the import as complete. */
export const importCompleteRow = "*";

/** Returns whether an import into the database was started but not completed. */
export async function isImportUnfinished(query: Kysely<Tables>): Promise<boolean> {
  const imports = await query.selectFrom("imports").select("table_name").execute();
  return imports.length > 0 && imports.every(({ table_name }) => table_name !== importCompleteRow);
}
