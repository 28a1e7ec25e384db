import * as v from "valibot";
import { channel, channelStateEntries, group, messageEntries, user } from "./entities.ts";
import type { ExtensionName } from "./extensions.ts";
import { date, type FieldsIn, type FieldsOut, unsigned, uuid } from "./schema.ts";

/** Definition of a push: a packet that is not the reply to a request. */
export interface PushDefinition {
  /** Fields in addition to `command`, `status` (always 200) and `seq`. */
  readonly fields: v.ObjectEntries;
  /** Extension that the connection must have negotiated; undefined if all clients receive the push. */
  readonly extension?: ExtensionName;
}

const define = <const Definition extends PushDefinition>(definition: Definition): Definition =>
  Object.freeze(definition);

const byte = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(255));

/**
 * All pushes. Some have the same name as a command; a push never replies to a request. With the extension
 * `cursor`, pushes of stored events also have a sequence number `seq`.
 */
export const pushes = {
  /** Protocol version (major, minor, patch), sent first on every connection. */
  API_version: define({ fields: { version: v.tuple([byte, byte, byte]) } }),
  /** An account that registered, logged in or changed. */
  get_metadata: define({ fields: { data: v.array(user) } }),
  /** Uuids of all accounts with at least one session. */
  online: define({ fields: { data: v.array(uuid) } }),
  /** A message was sent. `nonce` is present for its author only. */
  content: define({ fields: { ...messageEntries, nonce: v.optional(v.string()) } }),
  message_edited: define({
    fields: { message: uuid, new_content: v.string(), channel_uuid: v.optional(uuid) },
  }),
  message_deleted: define({ fields: { message: uuid, channel_uuid: v.optional(uuid) } }),
  /** Complete list of the channels that the receiver can see. */
  list_channels: define({ fields: { data: v.array(channel) } }),
  /** Complete list of the groups. */
  list_groups: define({ fields: { data: v.array(group) } }),

  get_name: define({ extension: "admin", fields: { data: v.string() } }),
  get_icon: define({ extension: "admin", fields: { data: v.string() } }),
  list_emoji: define({ extension: "admin", fields: { data: v.array(v.tuple([v.string(), uuid])) } }),
  /** Another session of the account moved its read marker; `date` as in `get_last_reads`. */
  read_marker: define({
    extension: "markers",
    fields: { channel: uuid, message: uuid, unread: unsigned, date: v.optional(date) },
  }),
  channel_state: define({ extension: "state", fields: channelStateEntries }),
  /**
   * Accounts that came online and went offline. Sent instead of `online` to connections that requested
   * `online`.
   */
  presence: define({ extension: "presence", fields: { came: v.array(uuid), left: v.array(uuid) } }),
  typing: define({ extension: "typing", fields: { channel: uuid, author_uuid: uuid } }),
} as const;

/** Name of a push on the wire. */
export type PushName = keyof typeof pushes;

/** Returns whether a string is the name of a push. */
export const isPushName = (name: string): name is PushName => Object.hasOwn(pushes, name);

/** Fields of a push after validation, without `command` and `status`. */
export type PushFields<Name extends PushName> = FieldsOut<(typeof pushes)[Name]["fields"]>;
/** Fields of a push as the server passes them, without `command` and `status`. */
export type PushInput<Name extends PushName> = FieldsIn<(typeof pushes)[Name]["fields"]>;
