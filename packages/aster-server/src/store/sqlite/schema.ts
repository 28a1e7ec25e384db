import type { Generated } from "kysely";
import { type AuditRow, auditIndexes } from "../audit-table.ts";
import { type FileRow, fileTable } from "../file-table.ts";

/** Table with SQLite's implicit column `rowid`, which keeps the order of insertion. */
interface WithRowid {
  rowid: Generated<number>;
}

/** Tables of the reference server at version 5, which can still use the file, and our own tables. */
export interface Tables {
  version: { version: number };
  server_config: { name: string; icon: Uint8Array; base_perms: Uint8Array };
  channels: WithRowid & { uuid: number; name: string; position: number };
  messages: WithRowid & {
    uuid: number;
    content: string;
    author_uuid: number;
    channel_uuid: number;
    date: number;
    edited: number;
    reply: number | null;
  };
  users: WithRowid & { uuid: number; name: string; pfp: string; password: string };
  groups: WithRowid & {
    uuid: number;
    name: string;
    colour: number;
    permissions: Uint8Array;
    position: number;
  };
  user_groups: WithRowid & { user_uuid: number; group_uuid: number };
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
  emojis: WithRowid & { uuid: number; name: string; data: string };
  channel_group_permissions: {
    channel_uuid: number;
    user_uuid: number | null;
    group_uuid: number | null;
    permissions: Uint8Array;
  };
  last_read_messages: { user_uuid: number; channel_uuid: number; date: number };

  asterite_bans: { user_uuid: number; date: number };
  asterite_bots: { user_uuid: number };
  asterite_tokens: {
    id: Generated<number>;
    hash: Uint8Array;
    user_uuid: number;
    client: string;
    created: number;
    last_used: number;
  };
  /** Skeletons of the names, with the name that each was computed from. */
  asterite_names: { user_uuid: number; name: string; skeleton: string };
  asterite_invites: {
    id: Generated<number>;
    hash: Uint8Array;
    author: number;
    /** JSON array of uuids. */
    groups: string;
    created: number;
    expires: number;
    uses_left: number;
  };
  asterite_nonces: { user_uuid: number; nonce: string; message_uuid: number; date: number };
  asterite_markers: { user_uuid: number; channel_uuid: number; message_uuid: number; message_rowid: number };
  asterite_channels: { channel_uuid: number; slow_seconds: number };
  asterite_events: {
    seq: Generated<number>;
    kind: string;
    channel_uuid: number | null;
    subject: number | null;
    date: number;
  };
  asterite_server: { server_id: string };
  asterite_epochs: { number: Generated<number>; epoch: string; started_after: number };
  asterite_text: { rowid: number; content: string };
  asterite_audit: AuditRow;
  asterite_files: FileRow;
}

/** Version of the schema that {@link createTables} creates. */
export const schemaVersion = 5;

/**
 * Schema of the reference server, which reads by column position; names, order and declared types must match
 * it. `BigInt primary key` is not an alias of the rowid.
 */
export const createTables = `
  create table version (version integer not null);
  create table server_config (name text not null, icon blob not null, base_perms blob not null);
  create table channels (uuid BigInt primary key not null, name text not null, position Integer not null);
  create table users (
    uuid BigInt primary key not null, name text not null, pfp text not null, password text not null);
  create table messages (
    uuid BigInt primary key not null, content text not null,
    author_uuid BigInt not null references users(uuid),
    channel_uuid BigInt not null references channels(uuid),
    date integer not null, edited Integer not null default 0, reply BigInt null);
  create table groups (
    uuid BigInt primary key not null, name text not null, colour integer not null,
    permissions Blob not null, position Integer not null);
  create table user_groups (
    user_uuid BigInt not null references users(uuid), group_uuid BigInt not null references groups(uuid));
  create table sync_data (user_uuid BigInt primary key not null, uname text not null, pfp text not null);
  create table sync_servers (
    user_uuid BigInt not null, uuid BigInt null, uname Text not null, ip Text not null,
    port Integer not null, pfp Text null, name Text null, idx Integer not null);
  create table emojis (uuid BigInt primary key not null, name text not null, data text not null);
  create table channel_group_permissions (
    channel_uuid BigInt not null references channels(uuid), user_uuid BigInt null references users(uuid),
    group_uuid BigInt null references groups(uuid), permissions Blob not null);
  create table last_read_messages (
    user_uuid BigInt not null references users(uuid), channel_uuid BigInt not null references channels(uuid),
    date integer not null, primary key (user_uuid, channel_uuid));
`;

/** Our own indexes and tables. The reference server ignores them. */
export const createAdditions = `
  create index if not exists asterite_messages_channel on messages(channel_uuid);
  create index if not exists asterite_users_name on users(name);
  create index if not exists asterite_user_groups_user on user_groups(user_uuid);
  create index if not exists asterite_sync_servers_user on sync_servers(user_uuid);

  create table if not exists asterite_bans (user_uuid integer primary key, date integer not null);
  create table if not exists asterite_bots (user_uuid integer primary key);
  create table if not exists asterite_tokens (
    id integer primary key autoincrement, hash blob not null unique, user_uuid integer not null,
    client text not null, created integer not null, last_used integer not null);
  create index if not exists asterite_tokens_user on asterite_tokens(user_uuid);
  create table if not exists asterite_names (
    user_uuid integer primary key, name text not null, skeleton text not null);
  create index if not exists asterite_names_skeleton on asterite_names(skeleton);
  create table if not exists asterite_invites (
    id integer primary key autoincrement, hash blob not null unique, author integer not null,
    groups text not null, created integer not null, expires integer not null, uses_left integer not null);
  create table if not exists asterite_nonces (
    user_uuid integer not null, nonce text not null, message_uuid integer not null, date integer not null,
    primary key (user_uuid, nonce)) without rowid;
  create index if not exists asterite_nonces_date on asterite_nonces(date);
  create table if not exists asterite_markers (
    user_uuid integer not null, channel_uuid integer not null, message_uuid integer not null,
    message_rowid integer not null, primary key (user_uuid, channel_uuid)) without rowid;
  create index if not exists asterite_markers_message on asterite_markers(message_rowid);
  create table if not exists asterite_channels (
    channel_uuid integer primary key, slow_seconds integer not null);
  create table if not exists asterite_events (
    seq integer primary key autoincrement, kind text not null, channel_uuid integer, subject integer,
    date integer not null);
  create table if not exists asterite_server (server_id text not null);
  create table if not exists asterite_epochs (
    number integer primary key, epoch text not null, started_after integer not null);
  create table if not exists asterite_audit (
    id integer primary key autoincrement, since integer not null, date integer not null,
    is_administrative integer not null, actor integer not null, action text not null, target text not null,
    address text not null, before text not null, after text not null, result text not null,
    count integer not null);
  ${auditIndexes.join(";\n")};
  ${fileTable.join(";\n")};
  -- Indexes of earlier versions: without words inside sentences without spaces, and with words of deleted messages.
  drop table if exists asterite_search;
  drop table if exists asterite_words;
  create virtual table if not exists asterite_text using fts5(
    content, content = '', tokenize = 'unicode61 remove_diacritics 2');
  insert into asterite_text (asterite_text, rank) values ('secure-delete', 1);
`;
