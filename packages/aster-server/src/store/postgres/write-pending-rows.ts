import { type Kysely, sql } from "kysely";
import { toTsVector } from "../full-text.ts";
import { replaceNul } from "./dialect.ts";
import type { NewEvent, NewMessage, NewNonce, UnwrittenRows } from "./pending-rows.ts";
import type { Tables } from "./schema.ts";

/** Rows per statement, to bound its size. */
const rowsPerInsert = 1000;

/**
 * Writes pending rows in the order in which they were added. Each column is one array parameter: one
 * parameter for each value would cost more than the insert itself.
 */
export async function writePendingRows(query: Kysely<Tables>, unwritten: UnwrittenRows): Promise<void> {
  for (const rows of inBatches(unwritten.messages)) await writeMessages(query, rows);
  for (const rows of inBatches(unwritten.nonces)) await writeNonces(query, rows);
  for (const rows of inBatches(unwritten.events)) await writeEvents(query, rows);
}

function writeMessages(query: Kysely<Tables>, rows: readonly NewMessage[]): Promise<unknown> {
  const of = <Value>(value: (row: NewMessage) => Value): Value[] => rows.map(value);
  return sql`
    insert into messages (uuid, place, channel_uuid, author_uuid, content, date, edited, reply, words)
    select uuid, place, channel, author, content, date, false, reply, words::tsvector
    from unnest(
      ${of(({ uuid }) => uuid)}::bigint[], ${of(({ place }) => place)}::bigint[],
      ${of(({ channel_uuid }) => channel_uuid)}::bigint[], ${of(({ author_uuid }) => author_uuid)}::bigint[],
      ${of(({ content }) => replaceNul(content))}::text[], ${of(({ date }) => date)}::bigint[],
      ${of(({ reply }) => reply)}::bigint[], ${of(({ content }) => toTsVector(content))}::text[])
      as added (uuid, place, channel, author, content, date, reply, words)`.execute(query);
}

function writeNonces(query: Kysely<Tables>, rows: readonly NewNonce[]): Promise<unknown> {
  const of = <Value>(value: (row: NewNonce) => Value): Value[] => rows.map(value);
  return sql`
    insert into nonces (user_uuid, nonce, message_uuid, date)
    select * from unnest(
      ${of(({ user }) => user)}::bigint[], ${of(({ nonce }) => replaceNul(nonce))}::text[],
      ${of(({ message }) => message)}::bigint[], ${of(({ date }) => date)}::bigint[])
    on conflict (user_uuid, nonce) do update
      set message_uuid = excluded.message_uuid, date = excluded.date`.execute(query);
}

function writeEvents(query: Kysely<Tables>, rows: readonly NewEvent[]): Promise<unknown> {
  const of = <Value>(value: (row: NewEvent) => Value): Value[] => rows.map(value);
  return sql`
    insert into events (seq, kind, channel_uuid, subject, date)
    select * from unnest(
      ${of(({ seq }) => seq)}::bigint[], ${of(({ type }) => type)}::text[],
      ${of(({ channel }) => channel)}::bigint[], ${of(({ subject }) => subject)}::bigint[],
      ${of(({ date }) => date)}::bigint[])`.execute(query);
}

function* inBatches<Row>(rows: readonly Row[]): Generator<readonly Row[]> {
  for (let start = 0; start < rows.length; start += rowsPerInsert) {
    yield rows.slice(start, start + rowsPerInsert);
  }
}
