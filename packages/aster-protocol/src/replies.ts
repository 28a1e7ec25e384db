import { isRecord } from "@asterite/util";
import * as v from "@asterite/util/schema";
import type { CommandName } from "./commands.ts";
import {
  auditEntry,
  channel,
  channelStateEntries,
  emoji,
  group,
  invite,
  message,
  messageEntries,
  sessionToken,
  syncServer,
  user,
} from "./entities.ts";
import { date, permissions, unsigned, uuid } from "./schema.ts";

const text = v.string;
const credentialReply = {
  uuid,
  /** Present if the request set `want_token`. */
  token: v.optional(text),
  /** Present if the connection negotiated the extension `cursor`. */
  cursor: v.optional(unsigned),
  /** Epoch of `cursor`. */
  epoch: v.optional(text),
};

/** Date of a read marker, unread count and, with the extension `markers`, uuid of the message. */
type LastRead = [date: number, unread: number, message?: number | null | undefined];
const lastRead: v.Schema<LastRead> = v.tuple(date, unsigned, v.optional(v.nullable(uuid)));
/** A push of the event sequence, whose fields are checked when it is applied. */
const event = v.matching<{ command: string; [field: string]: unknown }>(
  "an object with command",
  (value) => isRecord(value) && typeof value["command"] === "string",
);

/**
 * Fields of a reply with status 200 in addition to `command` and `status`, by command. Commands that are not listed
 * have none.
 */
const fields = {
  get_name: { data: text },
  get_icon: { data: text },
  get_metadata: { data: v.array(user) },
  get_user: { data: user },
  list_emoji: { data: v.array(v.tuple(text, uuid)) },
  get_emoji: { data: emoji },
  register: credentialReply,
  login: credentialReply,
  online: { data: v.array(uuid) },
  list_channels: { data: v.array(channel) },
  send: { message: uuid, nonce: v.optional(text) },
  history: { data: v.array(message) },
  sync_get: { uname: text, pfp: text, user_uuid: v.optional(uuid) },
  sync_get_servers: { servers: v.array(syncServer) },
  get_last_reads: { last_reads: v.record(lastRead) },
  get_num_unread: { num: unsigned },
  create_channel: { uuid },
  list_groups: { data: v.array(group) },
  create_group: { uuid: v.optional(uuid) },
  hello: {
    server: text,
    extensions: v.array(text),
    limits: v.record(unsigned),
    /** Who may register: `open` (all), `invite` (holders of an invite) or `closed` (none). */
    registration: v.optional(text),
    /** Random id of the server, whatever its address. */
    server_id: v.optional(text),
    /** `pfp_hash` of accounts that have not chosen a picture. */
    default_pfp_hash: v.optional(text),
    /** Present epoch: event numbers of another one are comparable up to its fork only. */
    epoch: v.optional(text),
    cursor: v.optional(unsigned),
    /** Earlier epochs, each with the number of the last event that it shares with the present one. */
    forks: v.optional(v.array(v.object({ epoch: text, cursor: unsigned }))),
  },
  list_tokens: { data: v.array(sessionToken) },
  // `invite` is the code, which the server cannot return again.
  create_invite: { id: uuid, invite: text, expires: date, uses_left: unsigned },
  list_invites: { data: v.array(invite) },
  events_after: { events: v.array(event), cursor: unsigned, more: v.boolean },
  get_message: { data: message },
  search: { data: v.array(v.object({ ...messageEntries, snippet: text })) },
  get_base_permissions: { permissions },
  create_emoji: { uuid },
  list_bans: { data: v.array(v.object({ user: uuid, date })) },
  list_channel_state: { data: v.array(v.object(channelStateEntries)) },
  list_audit: { data: v.array(auditEntry), more: v.boolean },
  /** `more`: whether another page follows. */
  list_users: { data: v.array(user), more: v.boolean },
  get_picture: { data: text, pfp_hash: text },
} as const satisfies { readonly [Name in CommandName]?: v.Fields };

type Entries<Name extends CommandName> = Name extends keyof typeof fields
  ? (typeof fields)[Name]
  : Readonly<Record<never, never>>;

/** Fields of the replies, for lookups by any command. */
export const replies: { readonly [Name in CommandName]?: v.Fields } = fields;

/** Fields of a reply with status 200 after validation, without `command` and `status`. */
export type ReplyFields<Name extends CommandName> = v.FieldsOut<Entries<Name>>;
/** Fields of a reply with status 200 as the server passes them, without `command` and `status`. */
export type ReplyInput<Name extends CommandName> = v.FieldsIn<Entries<Name>>;
