import { type Kysely, sql } from "kysely";
import { fileTable } from "../../file-table.ts";

/** Adds the files of messages, whose table is the same in both databases. */
export const files = {
  async up(query: Kysely<unknown>): Promise<void> {
    for (const statement of fileTable) await sql.raw(statement).execute(query);
  },
};
