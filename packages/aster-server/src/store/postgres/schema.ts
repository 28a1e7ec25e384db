import type { ColumnType, Generated } from "kysely";
import type { AuditRow } from "../audit-table.ts";
import type { FileRow } from "../file-table.ts";

/** Column that keeps the order of insertion. Set explicitly only by an import. */
type InsertionOrder = Generated<number>;

/** Tables of the PostgreSQL database. */
export interface Tables {
  sequence: { newest_event: number; newest_message: number; epoch: string; placement: string | null };
  epochs: { number: Generated<number>; epoch: string; started_after: number };
  /** Keys that authenticate messages between the processes. */
  bus_keys: { number: Generated<number>; key: Uint8Array; created: ColumnType<Date, never, never> };
  server: {
    cluster: string;
    server_id: string;
    name: string;
    icon: Uint8Array;
    base_permissions: Uint8Array;
  };
  channels: { uuid: number; place: InsertionOrder; name: string; position: number; slow_seconds: number };
  messages: {
    uuid: number;
    place: number;
    channel_uuid: number;
    author_uuid: number;
    content: string;
    date: number;
    edited: boolean;
    reply: number | null;
    /** Full-text index of the content; written, never read. */
    words: ColumnType<never, string, string>;
  };
  users: { uuid: number; place: InsertionOrder; name: string; pfp: string; password: string };
  groups: {
    uuid: number;
    place: InsertionOrder;
    name: string;
    colour: number;
    permissions: Uint8Array;
    position: number;
  };
  user_groups: { place: InsertionOrder; user_uuid: number; group_uuid: number };
  overrides: {
    place: InsertionOrder;
    channel_uuid: number;
    user_uuid: number | null;
    group_uuid: number | null;
    permissions: Uint8Array;
  };
  emojis: { uuid: number; place: InsertionOrder; name: string; data: string };
  sync_data: { user_uuid: number; uname: string; pfp: string };
  sync_servers: {
    user_uuid: number;
    uuid: number | null;
    uname: string;
    ip: string;
    port: number;
    pfp: string | null;
    name: string | null;
    idx: number;
  };
  markers: {
    user_uuid: number;
    channel_uuid: number;
    date: number;
    message_uuid: number | null;
    message_place: number | null;
  };
  bans: { user_uuid: number; date: number };
  bots: { user_uuid: number };
  tokens: {
    id: Generated<number>;
    hash: Uint8Array;
    user_uuid: number;
    client: string;
    created: number;
    last_used: number;
  };
  /** Skeletons of the names, with the name that each was computed from. */
  names: { user_uuid: number; name: string; skeleton: string };
  invites: {
    id: Generated<number>;
    hash: Uint8Array;
    author: number;
    /** JSON array of uuids. */
    groups: string;
    created: number;
    expires: number;
    uses_left: number;
  };
  nonces: { user_uuid: number; nonce: string; message_uuid: number; date: number };
  events: {
    seq: number;
    kind: string;
    channel_uuid: number | null;
    subject: number | null;
    date: number;
  };
  /** Cooldowns. */
  rests: { key: string; until: ColumnType<Date, never, never> };
  asterite_audit: AuditRow;
  asterite_files: FileRow;
  /** Progress of an import by table. */
  imports: { table_name: string; rows_done: number };
}
