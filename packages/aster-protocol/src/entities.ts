import * as v from "@asterite/util/schema";
import { date, int32, nullIfAbsent, overrides, permissions, unsigned, uuid } from "./schema.ts";

const entries = {
  user: {
    uuid,
    name: v.string,
    pfp: v.optional(v.string, () => ""),
    groups: v.optional(v.array(uuid), () => []),
    group_uuid: v.optional(v.number, () => 0),
    is_bot: v.optional(v.boolean),
    pfp_hash: v.optional(v.string),
  },
  message: {
    uuid,
    content: v.string,
    author_uuid: uuid,
    channel_uuid: uuid,
    date,
    edited: v.optional(v.boolean, () => false),
    reply: nullIfAbsent(uuid),
  },
};

/** Schema of an account. */
export const user = v.object(entries.user);
/**
 * An account. `pfp` is a PNG in base64; `group_uuid` is always 0, for old clients; `is_bot` is true for bots and
 * absent for others, and on connections without the extension `bots`. On connections with the extension `pictures`,
 * `pfp` is absent and `pfp_hash` has the SHA-256 of the PNG in lower-case hexadecimal digits; empty for no picture.
 */
export type User = v.OutputOf<typeof user>;
/** An account as the server passes it. */
export type UserInput = v.InputOf<typeof user>;

/** Fields of a message. A `content` push has them at its top level. */
export const messageEntries = entries.message;
/** Schema of a message. */
export const message = v.object(messageEntries);
/** A message. `date` is in Unix seconds; `reply` is the uuid of the message that this one replies to. */
export type Message = v.OutputOf<typeof message>;

/** Schema of a channel. */
export const channel = v.object({
  uuid,
  name: v.string,
  position: v.optional(unsigned, () => 0),
  permissions: v.optional(overrides, (): v.OutputOf<typeof overrides> => ({})),
  slow_seconds: v.optional(unsigned),
});
/**
 * A channel. `position` 0 is the top; `permissions` holds the overrides by `user:<uuid>` or `group:<uuid>`.
 */
export type Channel = v.OutputOf<typeof channel>;

/** Schema of a group. */
export const group = v.object({ uuid, permissions, name: v.string, colour: int32, position: unsigned });
/** A group. `colour` is 0xRRGGBB by convention; `position` 0 is the highest rank. */
export type Group = v.OutputOf<typeof group>;

/** Schema of a custom emoji. */
export const emoji = v.object({ uuid, name: v.string, data: v.string });
/** A custom emoji. `data` is a PNG in base64. */
export type Emoji = v.OutputOf<typeof emoji>;

/** Fields of an entry of the server list that an account stores on its sync server. */
export const syncServerEntries = {
  uuid: nullIfAbsent(uuid),
  uname: v.string,
  ip: v.string,
  port: int32,
  pfp: nullIfAbsent(v.string),
  name: nullIfAbsent(v.string),
  idx: v.integer(),
};
/** Schema of an entry of the server list in a reply. */
export const syncServer = v.object({ ...syncServerEntries, user_uuid: v.optional(uuid) });
/** An entry of the server list. `uuid` is the account on that server, `user_uuid` the owner of the list. */
export type SyncServer = v.OutputOf<typeof syncServer>;

/** Schema of the description of a login token. */
export const sessionToken = v.object({
  id: uuid,
  client: v.string,
  created: date,
  last_used: date,
});
/** Description of a login token, without the token itself. Dates are in Unix seconds. */
export type SessionToken = v.OutputOf<typeof sessionToken>;

/** Schema of the description of an invite. */
export const invite = v.object({
  id: uuid,
  /** Uuid of the author; -1 for the operator. */
  author: uuid,
  /** Uuids of the groups of accounts that register with it. */
  groups: v.array(uuid),
  created: date,
  /** Unix time in seconds from which it is invalid. */
  expires: date,
  /** Registrations that are left. */
  uses_left: unsigned,
});
/** Description of an invite, without the code itself. */
export type Invite = v.OutputOf<typeof invite>;

/** Schema of an entry of the audit log. */
export const auditEntry = v.object({
  id: uuid,
  /** Unix time in seconds of the first of the occurrences that share the entry. */
  since: date,
  /** Unix time in seconds of the last one. */
  date,
  count: unsigned,
  /** Uuid of the account that acted; -1 for the operator, null for a client without a login. */
  actor: v.nullable(uuid),
  /** Command of the protocol, or operation of the operator. */
  action: v.string,
  /** Changed object, such as `user:5` or `server`. */
  target: v.nullable(v.string),
  /** Network address of the client: an IPv4 address or an IPv6 /64 network. */
  address: v.nullable(v.string),
  /** `ok`, or the reason of the refusal. */
  result: v.string,
  /** Changed values before the action, without secrets and texts of messages. */
  before: v.nullable(v.record(v.unknown)),
  after: v.nullable(v.record(v.unknown)),
});
/** Entry of the audit log: a change, or an attempt that was refused. */
export type AuditEntry = v.OutputOf<typeof auditEntry>;

/** Fields of a value that a client, usually a bot, publishes in a channel while it is connected. */
export const channelStateEntries = {
  channel: uuid,
  key: v.stringOf(1, 32),
  value: v.unknown,
  author_uuid: uuid,
};
