import type { Message } from "@asterite/aster-protocol";
import { type Kysely, sql } from "kysely";
import type { ReadMarker, ReadMarkerStore } from "../store.ts";
import type { Tables } from "./schema.ts";

/**
 * Read markers in SQLite. The reference server's table stores the date of the last message read; our own
 * table adds the message. The message is used only where both agree, so that a marker moved by the reference
 * server takes effect.
 */
export class SqliteReadMarkers implements ReadMarkerStore {
  readonly #query: Kysely<Tables>;

  constructor(query: Kysely<Tables>) {
    this.#query = query;
  }

  async set(user: number, { uuid, channel_uuid, date }: Message): Promise<boolean> {
    const ahead = await selectFromMarkers(this.#query)
      .innerJoin("messages", (join) => join.on("messages.uuid", "=", uuid))
      .select("seen.date")
      .where("seen.user_uuid", "=", user)
      .where("seen.channel_uuid", "=", channel_uuid)
      .where(
        sql<boolean>`case when exact.message_rowid is null
          then seen.date > messages.date else exact.message_rowid >= messages.rowid end`,
      )
      .executeTakeFirst();
    if (ahead) return false;
    await this.#query
      .replaceInto("last_read_messages")
      .values({ user_uuid: user, channel_uuid, date })
      .execute();
    await sql`
      replace into asterite_markers (user_uuid, channel_uuid, message_uuid, message_rowid)
      select ${user}, ${channel_uuid}, uuid, rowid from messages where uuid = ${uuid}`.execute(this.#query);
    return true;
  }

  async get(user: number, channel: number): Promise<ReadMarker | undefined> {
    const [marker] = await readMarkers(this.#query, user, channel);
    return marker;
  }
}

/**
 * Selects from the markers of the reference server as `seen`, joined with our own as `exact` where both agree:
 * the date is authoritative if the reference server has moved the marker since.
 */
export const selectFromMarkers = (database: Kysely<Tables>) =>
  database.selectFrom("last_read_messages as seen").leftJoin("asterite_markers as exact", (join) =>
    join
      .onRef("exact.user_uuid", "=", "seen.user_uuid")
      .onRef("exact.channel_uuid", "=", "seen.channel_uuid")
      .on(sql<boolean>`not exists (
            select 1 from messages where uuid = exact.message_uuid and date <> seen.date)`),
  );

/** Reads the markers of a user, in all channels or in one, with the number of unread messages after each. */
export async function readMarkers(
  database: Kysely<Tables>,
  user: number,
  channel?: number,
): Promise<ReadMarker[]> {
  let query = selectFromMarkers(database)
    .select([
      "seen.channel_uuid as channel",
      "seen.date",
      "exact.message_uuid as message",
      sql<number>`case when exact.message_rowid is null
          then (select count(*) from messages where channel_uuid = seen.channel_uuid and date > seen.date)
          else (select count(*) from messages
            where channel_uuid = seen.channel_uuid and messages.rowid > exact.message_rowid) end`.as(
        "unread",
      ),
    ])
    .where("seen.user_uuid", "=", user);
  if (channel !== undefined) query = query.where("seen.channel_uuid", "=", channel);
  const rows = await query.execute();
  return rows.map((row) => ({ ...row, message: row.message ?? undefined }));
}
