import * as v from "valibot";
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
  syncServerEntries,
  user,
} from "./entities.ts";
import type { ExtensionName } from "./extensions.ts";
import type { PermissionName } from "./permissions.ts";
import {
  date,
  type FieldsIn,
  type FieldsOut,
  int32,
  optionalOrNull,
  overrides,
  permissions,
  uint32,
  unsigned,
  uuid,
} from "./schema.ts";
import { Status } from "./status.ts";

/** Definition of a command: login state, permission, and the fields of its request and reply. */
export interface CommandDefinition {
  /** Required login state. `any`: none; `in`: logged in; `out`: logged out. */
  readonly state: "any" | "in" | "out";
  /** Fields of the request in addition to `command`. */
  readonly request: v.ObjectEntries;
  /** Fields of a reply with status 200 in addition to `command` and `status`. */
  readonly reply: v.ObjectEntries;
  /** Server permission that is required; without it the reply has status 403. */
  readonly permission?: PermissionName;
  /** Status of the reply in the wrong login state. Default: 401 when logged out, 405 when logged in. */
  readonly wrongState?: Status;
  /** Extension that defines the command; undefined for the 34 commands of the base protocol. */
  readonly extension?: ExtensionName;
  /** Optional fields of which at least one is required. */
  readonly oneOf?: readonly [string, ...string[]];
}

const define = <const Definition extends CommandDefinition>(definition: Definition): Definition =>
  Object.freeze(definition);

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

const baseCommands = {
  ping: define({ state: "any", request: noFields, reply: noFields }),
  leave: define({ state: "any", request: noFields, reply: noFields }),
  get_name: define({ state: "any", request: noFields, reply: { data: text } }),
  get_icon: define({ state: "any", request: noFields, reply: { data: text } }),
  get_metadata: define({ state: "any", request: noFields, reply: { data: v.array(user) } }),
  get_user: define({ state: "any", request: { uuid }, reply: { data: user } }),
  list_emoji: define({ state: "any", request: noFields, reply: { data: v.array(v.tuple([text, uuid])) } }),
  get_emoji: define({ state: "any", request: { uuid }, reply: { data: emoji } }),

  register: define({
    state: "out",
    request: {
      uname: text,
      passwd: text,
      want_token: optionalOrNull(v.boolean()),
      invite: optionalOrNull(text),
    },
    reply: credentialReply,
  }),
  login: define({
    state: "out",
    request: {
      passwd: optionalOrNull(text),
      uname: optionalOrNull(text),
      uuid: optionalOrNull(uuid),
      token: optionalOrNull(text),
      want_token: optionalOrNull(v.boolean()),
    },
    reply: credentialReply,
    oneOf: ["passwd", "token"],
  }),
  online: define({ state: "in", request: noFields, reply: { data: v.array(uuid) } }),
  nick: define({ state: "in", request: { nick: text }, reply: noFields }),
  pfp: define({ state: "in", request: { data: text }, reply: noFields }),
  change_password: define({
    state: "in",
    wrongState: Status.WrongState,
    request: { new_password: text, old_password: optionalOrNull(text) },
    reply: noFields,
  }),

  list_channels: define({ state: "in", request: noFields, reply: { data: v.array(channel) } }),
  send: define({
    state: "in",
    request: {
      content: text,
      channel: uuid,
      reply: optionalOrNull(uuid),
      nonce: optionalOrNull(v.pipe(text, v.maxLength(64))),
    },
    reply: { message: uuid, nonce: v.optional(text) },
  }),
  history: define({
    state: "in",
    request: { num: uint32, channel: uuid, before_message: optionalOrNull(uuid) },
    reply: { data: v.array(message) },
  }),
  edit: define({ state: "in", request: { message: uuid, new_content: text }, reply: noFields }),
  delete: define({ state: "in", request: { message: uuid }, reply: noFields }),

  sync_set: define({ state: "in", request: { uname: text, pfp: text }, reply: noFields }),
  sync_get: define({
    state: "in",
    request: noFields,
    reply: { uname: text, pfp: text, user_uuid: v.optional(uuid) },
  }),
  sync_set_servers: define({
    state: "in",
    request: { servers: v.array(v.object(syncServerEntries)) },
    reply: noFields,
  }),
  sync_get_servers: define({ state: "in", request: noFields, reply: { servers: v.array(syncServer) } }),

  get_last_reads: define({
    state: "in",
    request: noFields,
    // Date of the marker, unread count and, with the extension `markers`, uuid of the message.
    reply: { last_reads: v.record(text, v.tupleWithRest([date, unsigned], v.nullable(uuid))) },
  }),
  mark_as_read: define({ state: "in", request: { message: uuid }, reply: noFields }),
  get_num_unread: define({ state: "in", request: { channel: uuid }, reply: { num: unsigned } }),

  create_channel: define({
    state: "in",
    permission: "modify_channels",
    request: {
      name: text,
      permissions: overrides,
      position: optionalOrNull(unsigned),
      slow_seconds: optionalOrNull(unsigned),
    },
    reply: { uuid },
  }),
  delete_channel: define({
    state: "in",
    permission: "modify_channels",
    request: { channel: uuid },
    reply: noFields,
  }),
  update_channel: define({
    state: "in",
    permission: "modify_channels",
    request: {
      uuid,
      name: optionalOrNull(text),
      position: optionalOrNull(unsigned),
      permissions: optionalOrNull(overrides),
      slow_seconds: optionalOrNull(unsigned),
    },
    reply: noFields,
  }),

  list_groups: define({ state: "in", request: noFields, reply: { data: v.array(group) } }),
  create_group: define({
    state: "in",
    permission: "modify_groups",
    request: { permissions, name: text, colour: int32, position: unsigned },
    reply: { uuid: v.optional(uuid) },
  }),
  delete_group: define({ state: "in", permission: "modify_groups", request: { uuid }, reply: noFields }),
  update_group: define({
    state: "in",
    permission: "modify_groups",
    request: {
      uuid,
      permissions: optionalOrNull(permissions),
      name: optionalOrNull(text),
      colour: optionalOrNull(int32),
      position: optionalOrNull(unsigned),
    },
    reply: noFields,
  }),
  update_user_groups: define({
    state: "in",
    permission: "modify_user_groups",
    request: { user: uuid, groups: v.array(uuid) },
    reply: noFields,
  }),
} as const;

const extensionCommands = {
  hello: define({
    state: "any",
    request: { client: v.pipe(text, v.maxLength(200)), extensions: v.pipe(v.array(text), v.maxLength(100)) },
    reply: {
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
  }),
  list_tokens: define({
    state: "in",
    extension: "tokens",
    request: noFields,
    reply: { data: v.array(sessionToken) },
  }),
  revoke_token: define({ state: "in", extension: "tokens", request: { id: uuid }, reply: noFields }),
  create_invite: define({
    state: "in",
    permission: "modify_user_groups",
    extension: "invites",
    request: {
      uses: optionalOrNull(unsigned),
      expires: optionalOrNull(date),
      groups: optionalOrNull(v.array(uuid)),
    },
    // `invite` is the code, which the server cannot return again.
    reply: { id: uuid, invite: text, expires: date, uses_left: unsigned },
  }),
  list_invites: define({
    state: "in",
    permission: "modify_user_groups",
    extension: "invites",
    request: noFields,
    reply: { data: v.array(invite) },
  }),
  revoke_invite: define({
    state: "in",
    permission: "modify_user_groups",
    extension: "invites",
    request: { id: uuid },
    reply: noFields,
  }),
  list_audit: define({
    state: "in",
    permission: "modify_user_groups",
    extension: "audit",
    request: {
      limit: unsigned,
      /** Only entries with a smaller id: the last one of the page before. */
      before: optionalOrNull(uuid),
      actor: optionalOrNull(uuid),
      action: optionalOrNull(text),
      target: optionalOrNull(text),
      /** Only entries whose last occurrence is at or after this Unix time in seconds. */
      since: optionalOrNull(date),
    },
    reply: { data: v.array(auditEntry), more: v.boolean() },
  }),
  events_after: define({
    state: "in",
    extension: "cursor",
    request: { cursor: unsigned, limit: unsigned, epoch: optionalOrNull(text) },
    reply: { events: v.array(v.looseObject({ command: text })), cursor: unsigned, more: v.boolean() },
  }),
  get_message: define({
    state: "in",
    extension: "message",
    request: { message: uuid },
    reply: { data: message },
  }),
  search: define({
    state: "in",
    extension: "search",
    request: {
      query: text,
      channel: optionalOrNull(uuid),
      author: optionalOrNull(uuid),
      before: optionalOrNull(uuid),
      limit: unsigned,
    },
    reply: { data: v.array(v.object({ ...message.entries, snippet: text })) },
  }),
  set_server: define({
    state: "in",
    permission: "modify_icon_name",
    extension: "admin",
    request: { name: optionalOrNull(text), icon: optionalOrNull(text) },
    reply: noFields,
    oneOf: ["name", "icon"],
  }),
  get_base_permissions: define({
    state: "in",
    extension: "admin",
    request: noFields,
    reply: { permissions },
  }),
  set_base_permissions: define({
    state: "in",
    permission: "modify_groups",
    extension: "admin",
    request: { permissions },
    reply: noFields,
  }),
  create_emoji: define({
    state: "in",
    permission: "modify_icon_name",
    extension: "admin",
    request: { name: text, data: text },
    reply: { uuid },
  }),
  delete_emoji: define({
    state: "in",
    permission: "modify_icon_name",
    extension: "admin",
    request: { uuid },
    reply: noFields,
  }),
  ban_user: define({
    state: "in",
    permission: "ban_users",
    extension: "admin",
    request: { user: uuid },
    reply: noFields,
  }),
  unban_user: define({
    state: "in",
    permission: "ban_users",
    extension: "admin",
    request: { user: uuid },
    reply: noFields,
  }),
  list_bans: define({
    state: "in",
    permission: "ban_users",
    extension: "admin",
    request: noFields,
    reply: { data: v.array(v.object({ user: uuid, date })) },
  }),
  delete_account: define({
    state: "in",
    extension: "admin",
    request: { user: uuid, password: optionalOrNull(text) },
    reply: noFields,
  }),
  set_channel_state: define({
    state: "in",
    extension: "state",
    request: { channel: uuid, key: channelStateEntries.key, value: v.unknown() },
    reply: noFields,
  }),
  list_channel_state: define({
    state: "in",
    extension: "state",
    request: { channel: uuid },
    reply: { data: v.array(v.object(channelStateEntries)) },
  }),
  typing: define({ state: "in", extension: "typing", request: { channel: uuid }, reply: noFields }),
  set_bot: define({
    state: "in",
    extension: "bots",
    /** `user`: another account; needs `modify_user_groups` and a higher rank. Default: the own account. */
    request: { bot: v.boolean(), user: optionalOrNull(uuid) },
    reply: noFields,
  }),
  /** The accounts in order of creation, in pages; `page` 0 has the first ones. */
  list_users: define({
    state: "any",
    extension: "pictures",
    request: { page: unsigned },
    /** `more`: whether another page follows. */
    reply: { data: v.array(user), more: v.boolean() },
  }),
  /** The present picture of an account, with the hash by which the data of accounts refer to it. */
  get_picture: define({
    state: "any",
    extension: "pictures",
    request: { uuid },
    reply: { data: text, pfp_hash: text },
  }),
} as const;

/** All commands: the 34 of the base protocol and those of Asterite's extensions. */
export const commands = { ...baseCommands, ...extensionCommands } as const;

/** Name of a command on the wire. */
export type CommandName = keyof typeof commands;

/** Returns whether a string is the name of a command. */
export const isCommandName = (name: string): name is CommandName => Object.hasOwn(commands, name);

/** Fields of a request as the sender passes them, without `command`. */
export type RequestInput<Name extends CommandName> = FieldsIn<(typeof commands)[Name]["request"]>;
/** Fields of a request after validation, without `command`. */
export type RequestFields<Name extends CommandName> = FieldsOut<(typeof commands)[Name]["request"]>;
/** Fields of a reply with status 200 after validation, without `command` and `status`. */
export type ReplyFields<Name extends CommandName> = FieldsOut<(typeof commands)[Name]["reply"]>;
/** Fields of a reply with status 200 as the server passes them, without `command` and `status`. */
export type ReplyInput<Name extends CommandName> = FieldsIn<(typeof commands)[Name]["reply"]>;
