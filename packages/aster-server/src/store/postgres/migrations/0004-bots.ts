import { type Kysely, sql } from "kysely";

/** Adds the accounts that are bots. */
export const bots = {
  async up(query: Kysely<unknown>): Promise<void> {
    await sql.raw("create table bots (user_uuid bigint primary key)").execute(query);
  },
};
