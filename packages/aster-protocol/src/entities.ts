import * as v from "valibot";
import { date, int32, nullIfAbsent, overrides, permissions, unsigned, uuid } from "./schema.ts";

const entries = {
  user: {
    uuid,
    name: v.string(),
    pfp: v.optional(v.string(), ""),
    groups: v.optional(v.array(uuid), () => []),
    group_uuid: v.optional(v.number(), 0),
  },
  message: {
    uuid,
    content: v.string(),
    author_uuid: uuid,
    channel_uuid: uuid,
    date,
    edited: v.optional(v.boolean(), false),
    reply: nullIfAbsent(uuid),
  },
};

/** An account as every client sees it; the password never travels. */
export const user = v.object(entries.user);
/** An account. `pfp` is base64 of a PNG; `group_uuid` is always 0 and kept for old clients. */
export type User = v.InferOutput<typeof user>;

/** The fields of a message, which a `content` push carries beside `command` and `status`. */
export const messageEntries = entries.message;
/** One message. */
export const message = v.object(messageEntries);
/** One message. `date` is Unix time in seconds, `reply` the uuid of the message that it answers. */
export type Message = v.InferOutput<typeof message>;

/** A channel with the overrides of its permissions. */
export const channel = v.object({
  uuid,
  name: v.string(),
  position: v.optional(unsigned, 0),
  permissions: v.optional(overrides, () => ({})),
  slow_seconds: v.optional(unsigned),
});
/** A channel. `position` 0 is the topmost; `permissions` is keyed by `user:<uuid>` or `group:<uuid>`. */
export type Channel = v.InferOutput<typeof channel>;

/** A group of users with permissions and a rank. */
export const group = v.object({ uuid, permissions, name: v.string(), colour: int32, position: unsigned });
/** A group. `colour` is 0xRRGGBB by convention; `position` 0 is the highest rank. */
export type Group = v.InferOutput<typeof group>;

/** A custom emoji with its picture. */
export const emoji = v.object({ uuid, name: v.string(), data: v.string() });
/** A custom emoji. `data` is base64 of a PNG. */
export type Emoji = v.InferOutput<typeof emoji>;

/** An entry of the server list that a user keeps on a sync server, as it is stored. */
export const syncServerEntries = {
  uuid: nullIfAbsent(uuid),
  uname: v.string(),
  ip: v.string(),
  port: int32,
  pfp: nullIfAbsent(v.string()),
  name: nullIfAbsent(v.string()),
  idx: v.pipe(v.number(), v.safeInteger()),
};
/** An entry of the server list as a reply gives it. */
export const syncServer = v.object({ ...syncServerEntries, user_uuid: v.optional(uuid) });
/** An entry of the server list; `uuid` is the user's account there, `user_uuid` the owner of the list. */
export type SyncServer = v.InferOutput<typeof syncServer>;

/** A session token as its owner sees it: never the token itself. */
export const sessionToken = v.object({
  id: uuid,
  client: v.string(),
  created: date,
  last_used: date,
});
/** A session token's description; dates are Unix time in seconds. */
export type SessionToken = v.InferOutput<typeof sessionToken>;

/** A value that a client, usually a bot, publishes in a channel while it is connected. */
export const channelStateEntries = {
  channel: uuid,
  key: v.pipe(v.string(), v.minLength(1), v.maxLength(32)),
  value: v.unknown(),
  author_uuid: uuid,
};
