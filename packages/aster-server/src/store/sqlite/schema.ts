import type { Generated } from "kysely";

/** The tables of the reference server at version 5, which stays able to use the file. */
export interface Tables {
  version: { version: number };
  server_config: { name: string; icon: Uint8Array; base_perms: Uint8Array };
  channels: { rowid: Generated<number>; uuid: number; name: string; position: number };
  messages: {
    /** Hidden column whose order is the order of history. */
    rowid: Generated<number>;
    uuid: number;
    content: string;
    author_uuid: number;
    channel_uuid: number;
    date: number;
    edited: number;
    reply: number | null;
  };
  users: { rowid: Generated<number>; uuid: number; name: string; pfp: string; password: string };
  groups: {
    rowid: Generated<number>;
    uuid: number;
    name: string;
    colour: number;
    permissions: Uint8Array;
    position: number;
  };
  user_groups: { rowid: Generated<number>; user_uuid: number; group_uuid: number };
  channel_group_permissions: {
    channel_uuid: number;
    user_uuid: number | null;
    group_uuid: number | null;
    permissions: Uint8Array;
  };
}

/** The version whose shape {@link createTables} makes. */
export const schemaVersion = 5;

/**
 * Upstream reads by column position, so names, order and declared types are its own. `BigInt primary key` is
 * no alias of the rowid.
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

/** Upstream has none of these and does not mind them. */
export const createIndexes = `
  create index if not exists asterite_messages_channel on messages(channel_uuid);
  create index if not exists asterite_users_name on users(name);
  create index if not exists asterite_user_groups_user on user_groups(user_uuid);
`;
