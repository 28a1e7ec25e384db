import type { Kysely } from "kysely";
import type { Unwritten } from "./pending.ts";
import type { Tables } from "./schema.ts";
import { vectorOf } from "./words.ts";

/** Rows in one statement, far below the limit of 65 535 parameters. */
const rowsPerInsert = 500;

/** Writes rows that were gathered, in the order in which they were added. */
export async function writePending(query: Kysely<Tables>, unwritten: Unwritten): Promise<void> {
  const { messages, events, nonces } = unwritten;
  for (const some of inParts(messages)) {
    const rows = some.map((message) => ({ ...message, words: vectorOf(message.content) }));
    await query.insertInto("messages").values(rows).execute();
  }
  for (const some of inParts(nonces)) {
    const rows = some.map(({ user, nonce, message, date }) => {
      return { user_uuid: user, nonce, message_uuid: message, date };
    });
    await query
      .insertInto("nonces")
      .values(rows)
      .onConflict((conflict) =>
        conflict.columns(["user_uuid", "nonce"]).doUpdateSet((columns) => ({
          message_uuid: columns.ref("excluded.message_uuid"),
          date: columns.ref("excluded.date"),
        })),
      )
      .execute();
  }
  for (const some of inParts(events)) {
    const rows = some.map(({ seq, kind, channel, subject, date }) => {
      return { seq, kind, channel_uuid: channel, subject, date };
    });
    await query.insertInto("events").values(rows).execute();
  }
}

function* inParts<Row>(rows: readonly Row[]): Generator<readonly Row[]> {
  for (let start = 0; start < rows.length; start += rowsPerInsert) {
    yield rows.slice(start, start + rowsPerInsert);
  }
}
