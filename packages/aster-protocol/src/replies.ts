import * as v from "valibot";
import type { CommandName } from "./commands.ts";
import {
  auditEntry,
  channel,
  channelStateEntries,
  emoji,
  group,
  invite,
  message,
  sessionToken,
  syncServer,
  user,
} from "./entities.ts";
import { date, type FieldsIn, type FieldsOut, permissions, unsigned, uuid } from "./schema.ts";

const noFields = {};
const text = v.string();
const credentialReply = {
  uuid,
  /** Present if the request set `want_token`. */
  token: v.optional(text),
  /** Present if the connection negotiated the extension `cursor`. */
  cursor: v.optional(unsigned),
  /** Epoch of `cursor`. */
  epoch: v.optional(text),
};

/** Fields of a reply with status 200 in addition to `command` and `status`, by command. */
export const replies = {
  ping: noFields,
  leave: noFields,
  get_name: { data: text },
  get_icon: { data: text },
  get_metadata: { data: v.array(user) },
  get_user: { data: user },
  list_emoji: { data: v.array(v.tuple([text, uuid])) },
  get_emoji: { data: emoji },
  register: credentialReply,
  login: credentialReply,
  online: { data: v.array(uuid) },
  nick: noFields,
  pfp: noFields,
  change_password: noFields,
  list_channels: { data: v.array(channel) },
  send: { message: uuid, nonce: v.optional(text) },
  history: { data: v.array(message) },
  edit: noFields,
  delete: noFields,
  sync_set: noFields,
  sync_get: { uname: text, pfp: text, user_uuid: v.optional(uuid) },
  sync_set_servers: noFields,
  sync_get_servers: { servers: v.array(syncServer) },
  // Date of the marker, unread count and, with the extension `markers`, uuid of the message.
  get_last_reads: { last_reads: v.record(text, v.tupleWithRest([date, unsigned], v.nullable(uuid))) },
  mark_as_read: noFields,
  get_num_unread: { num: unsigned },
  create_channel: { uuid },
  delete_channel: noFields,
  update_channel: noFields,
  list_groups: { data: v.array(group) },
  create_group: { uuid: v.optional(uuid) },
  delete_group: noFields,
  update_group: noFields,
  update_user_groups: noFields,
  hello: {
    server: text,
    extensions: v.array(text),
    limits: v.record(text, unsigned),
    /** Who may register: `open` (all), `invite` (holders of an invite) or `closed` (none). */
    registration: v.optional(text),
    /** Random id of the server, whatever its address. */
    server_id: v.optional(text),
    /** Present epoch: event numbers of another one are comparable up to its fork only. */
    epoch: v.optional(text),
    cursor: v.optional(unsigned),
    /** Earlier epochs, each with the number of the last event that it shares with the present one. */
    forks: v.optional(v.array(v.object({ epoch: text, cursor: unsigned }))),
  },
  list_tokens: { data: v.array(sessionToken) },
  revoke_token: noFields,
  // `invite` is the code, which the server cannot return again.
  create_invite: { id: uuid, invite: text, expires: date, uses_left: unsigned },
  list_invites: { data: v.array(invite) },
  revoke_invite: noFields,
  events_after: { events: v.array(v.looseObject({ command: text })), cursor: unsigned, more: v.boolean() },
  get_message: { data: message },
  search: { data: v.array(v.object({ ...message.entries, snippet: text })) },
  set_server: noFields,
  get_base_permissions: { permissions },
  set_base_permissions: noFields,
  create_emoji: { uuid },
  delete_emoji: noFields,
  ban_user: noFields,
  unban_user: noFields,
  list_bans: { data: v.array(v.object({ user: uuid, date })) },
  delete_account: noFields,
  set_channel_state: noFields,
  list_channel_state: { data: v.array(v.object(channelStateEntries)) },
  typing: noFields,
  set_bot: noFields,
  list_audit: { data: v.array(auditEntry), more: v.boolean() },
  /** `more`: whether another page follows. */
  list_users: { data: v.array(user), more: v.boolean() },
  get_picture: { data: text, pfp_hash: text },
} as const satisfies { readonly [Name in CommandName]: v.ObjectEntries };

/** Fields of a reply with status 200 after validation, without `command` and `status`. */
export type ReplyFields<Name extends CommandName> = FieldsOut<(typeof replies)[Name]>;
/** Fields of a reply with status 200 as the server passes them, without `command` and `status`. */
export type ReplyInput<Name extends CommandName> = FieldsIn<(typeof replies)[Name]>;
