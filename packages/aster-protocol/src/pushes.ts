import * as v from "@asterite/util/schema";
import { channel, channelStateEntries, group, messageEntries, user } from "./entities.ts";
import { date, unsigned, uuid } from "./schema.ts";

const byte = v.integer(0, 255);

/**
 * The fields of all pushes: packets that are not the reply to a request, in addition to `command`, `status` (always
 * 200) and `seq`. Some have the same name as a command; a push never replies to a request. With the extension
 * `cursor`, pushes of stored events also have a sequence number `seq`.
 */
export const pushes = {
  /** Protocol version (major, minor, patch), sent first on every connection. */
  API_version: { version: v.tuple(byte, byte, byte) },
  /** An account that registered, logged in or changed. */
  get_metadata: { data: v.array(user) },
  /** Uuids of all accounts with at least one session. */
  online: { data: v.array(uuid) },
  /** A message was sent. `nonce` is present for its author only. */
  content: { ...messageEntries, nonce: v.optional(v.string) },
  message_edited: { message: uuid, new_content: v.string, channel_uuid: v.optional(uuid) },
  message_deleted: { message: uuid, channel_uuid: v.optional(uuid) },
  /** Complete list of the channels that the receiver can see. */
  list_channels: { data: v.array(channel) },
  /** Complete list of the groups. */
  list_groups: { data: v.array(group) },

  // The connection must have negotiated an extension to receive the following ones.
  /** Extension `admin`. */
  get_name: { data: v.string },
  /** Extension `admin`. */
  get_icon: { data: v.string },
  /** Extension `admin`. */
  list_emoji: { data: v.array(v.tuple(v.string, uuid)) },
  /**
   * Extension `markers`: another session of the account moved its read marker; `date` as in `get_last_reads`.
   */
  read_marker: { channel: uuid, message: uuid, unread: unsigned, date: v.optional(date) },
  /** Extension `state`. */
  channel_state: channelStateEntries,
  /**
   * Extension `presence`: accounts that came online and went offline. Sent instead of `online` to connections that
   * requested `online`.
   */
  presence: { came: v.array(uuid), left: v.array(uuid) },
  /** Extension `typing`. */
  typing: { channel: uuid, author_uuid: uuid },
} as const;

/** Name of a push on the wire. */
export type PushName = keyof typeof pushes;

/** Returns whether a string is the name of a push. */
export const isPushName = (name: string): name is PushName => Object.hasOwn(pushes, name);

/** Fields of a push after validation, without `command` and `status`. */
export type PushFields<Name extends PushName> = v.FieldsOut<(typeof pushes)[Name]>;
/** Fields of a push as the server passes them, without `command` and `status`. */
export type PushInput<Name extends PushName> = v.FieldsIn<(typeof pushes)[Name]>;
