import { type Kysely, sql } from "kysely";

/** Adds the skeletons of names, which every start of a server completes. */
export const names = {
  async up(query: Kysely<unknown>): Promise<void> {
    await sql`
      create table names (user_uuid bigint primary key, name text not null, skeleton text not null)`.execute(
      query,
    );
    await sql`create index names_skeleton on names (skeleton)`.execute(query);
  },
};
