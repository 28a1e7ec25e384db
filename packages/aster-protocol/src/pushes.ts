import * as v from "valibot";
import { channel, channelStateEntries, group, messageEntries, user } from "./entities.ts";
import type { ExtensionName } from "./extensions.ts";
import { date, type FieldsIn, type FieldsOut, unsigned, uuid } from "./schema.ts";

/** What one packet without a request is. */
export interface PushDefinition {
  /** Fields beside `command`, `status` (always 200) and `seq`. */
  readonly fields: v.ObjectEntries;
  /** The extension that a connection must have asked for; absent where every client gets the push. */
  readonly extension?: ExtensionName;
}

const define = <const Definition extends PushDefinition>(definition: Definition): Definition =>
  Object.freeze(definition);

const byte = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(255));

/**
 * Every packet that a server sends unasked. Several share a name with a reply; a push never answers a
 * request. To extended connections each push of a persistent fact also carries `seq`.
 */
export const pushes = {
  /** The first packet of a connection: major, minor, patch. */
  API_version: define({ fields: { version: v.tuple([byte, byte, byte]) } }),
  /** One user who registered, logged in or changed. */
  get_metadata: define({ fields: { data: v.array(user) } }),
  /** Everybody with at least one session. */
  online: define({ fields: { data: v.array(uuid) } }),
  /** A message was sent. */
  content: define({ fields: { ...messageEntries, nonce: v.optional(v.string()) } }),
  message_edited: define({
    fields: { message: uuid, new_content: v.string(), channel_uuid: v.optional(uuid) },
  }),
  message_deleted: define({ fields: { message: uuid, channel_uuid: v.optional(uuid) } }),
  /** The receiver's channels, whole. */
  list_channels: define({ fields: { data: v.array(channel) } }),
  /** All groups. */
  list_groups: define({ fields: { data: v.array(group) } }),

  get_name: define({ extension: "admin", fields: { data: v.string() } }),
  get_icon: define({ extension: "admin", fields: { data: v.string() } }),
  list_emoji: define({ extension: "admin", fields: { data: v.array(v.tuple([v.string(), uuid])) } }),
  /** The user read a channel in another session; `date` as in `get_last_reads`. */
  read_marker: define({
    extension: "markers",
    fields: { channel: uuid, message: uuid, unread: unsigned, date: v.optional(date) },
  }),
  channel_state: define({ extension: "state", fields: channelStateEntries }),
  /** Users who came and who went, to connections that have asked `online`; they get no `online` push. */
  presence: define({ extension: "presence", fields: { came: v.array(uuid), left: v.array(uuid) } }),
  typing: define({ extension: "typing", fields: { channel: uuid, author_uuid: uuid } }),
} as const;

/** Name of a push, as it travels. */
export type PushName = keyof typeof pushes;

/** Whether a text is the name of a push. */
export const isPushName = (name: string): name is PushName => Object.hasOwn(pushes, name);

/** A push after validation, beside `command` and `status`. */
export type PushFields<Name extends PushName> = FieldsOut<(typeof pushes)[Name]["fields"]>;
/** What a server writes into a push, beside `command` and `status`. */
export type PushInput<Name extends PushName> = FieldsIn<(typeof pushes)[Name]["fields"]>;
