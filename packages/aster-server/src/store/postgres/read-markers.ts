import type { Message } from "@asterite/aster-protocol";
import { type Kysely, sql } from "kysely";
import type { ReadMarker, ReadMarkerStore } from "../store.ts";
import { readPlace } from "./messages.ts";
import type { Tables } from "./schema.ts";
import type { QuerySource } from "./transaction.ts";

/** Read markers in PostgreSQL. Markers imported from the reference server have a date and no message. */
export class PostgresReadMarkers implements ReadMarkerStore {
  readonly #source: QuerySource;

  constructor(source: QuerySource) {
    this.#source = source;
  }

  async set(user: number, { uuid, channel_uuid, date }: Message): Promise<boolean> {
    const query = await this.#source.queryForWriting();
    const place = (await readPlace(query, uuid)) ?? 0;
    const marker = { date, message_uuid: uuid, message_place: place };
    const result = await query
      .insertInto("markers")
      .values({ user_uuid: user, channel_uuid, ...marker })
      .onConflict((conflict) =>
        conflict
          .columns(["user_uuid", "channel_uuid"])
          .doUpdateSet(marker)
          .where(
            sql<boolean>`case when markers.message_place is null
              then markers.date <= ${date} else markers.message_place < ${place} end`,
          ),
      )
      .executeTakeFirst();
    return (result.numInsertedOrUpdatedRows ?? 0n) > 0n;
  }

  async get(user: number, channel: number): Promise<ReadMarker | undefined> {
    const [marker] = await readMarkers(await this.#source.queryForReading(), user, channel);
    return marker;
  }
}

/** Reads the markers of a user, in all channels or in one, with the number of unread messages after each. */
export async function readMarkers(
  database: Kysely<Tables>,
  user: number,
  channel?: number,
): Promise<ReadMarker[]> {
  let query = database
    .selectFrom("markers")
    .select([
      "channel_uuid as channel",
      "date",
      "message_uuid as message",
      sql<number>`case when message_place is null
          then (select count(*) from messages
            where messages.channel_uuid = markers.channel_uuid and messages.date > markers.date)
          else (select count(*) from messages
            where messages.channel_uuid = markers.channel_uuid and place > message_place) end`.as("unread"),
    ])
    .where("user_uuid", "=", user);
  if (channel !== undefined) query = query.where("channel_uuid", "=", channel);
  const rows = await query.execute();
  return rows.map((row) => ({ ...row, message: row.message ?? undefined }));
}
