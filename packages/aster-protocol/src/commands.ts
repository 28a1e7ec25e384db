import * as v from "valibot";
import {
  channel,
  channelStateEntries,
  emoji,
  group,
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

/** What one command is: who may call it, what it takes, what a reply with status 200 carries. */
export interface CommandDefinition {
  /** `any`: always; `in`: needs a login; `out`: refused when logged in. */
  readonly state: "any" | "in" | "out";
  /** Fields of the request beside `command`. */
  readonly request: v.ObjectEntries;
  /** Fields of a 200 reply beside `command` and `status`. */
  readonly reply: v.ObjectEntries;
  /** The server-level permission without which the answer is 403. */
  readonly permission?: PermissionName;
  /** The status in the wrong login state where it is not the usual one (401 logged out, 405 logged in). */
  readonly wrongState?: Status;
  /** The extension that brings the command; absent for the 34 of the base protocol. */
  readonly extension?: ExtensionName;
  /** Fields of which at least one must be given, where none is required by itself. */
  readonly oneOf?: readonly string[];
}

const define = <const Definition extends CommandDefinition>(definition: Definition): Definition =>
  Object.freeze(definition);

const nothing = {};
const text = v.string();
const credentialReply = {
  uuid,
  /** Only when `want_token` was set. */
  token: v.optional(text),
  /** Only on connections that asked for the `cursor` extension. */
  cursor: v.optional(unsigned),
};

const baseCommands = {
  ping: define({ state: "any", request: nothing, reply: nothing }),
  leave: define({ state: "any", request: nothing, reply: nothing }),
  get_name: define({ state: "any", request: nothing, reply: { data: text } }),
  get_icon: define({ state: "any", request: nothing, reply: { data: text } }),
  get_metadata: define({ state: "any", request: nothing, reply: { data: v.array(user) } }),
  get_user: define({ state: "any", request: { uuid }, reply: { data: user } }),
  list_emoji: define({ state: "any", request: nothing, reply: { data: v.array(v.tuple([text, uuid])) } }),
  get_emoji: define({ state: "any", request: { uuid }, reply: { data: emoji } }),

  register: define({
    state: "out",
    request: { uname: text, passwd: text, want_token: optionalOrNull(v.boolean()) },
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
  online: define({ state: "in", request: nothing, reply: { data: v.array(uuid) } }),
  nick: define({ state: "in", request: { nick: text }, reply: nothing }),
  pfp: define({ state: "in", request: { data: text }, reply: nothing }),
  change_password: define({
    state: "in",
    wrongState: Status.WrongState,
    request: { new_password: text, old_password: optionalOrNull(text) },
    reply: nothing,
  }),

  list_channels: define({ state: "in", request: nothing, reply: { data: v.array(channel) } }),
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
  edit: define({ state: "in", request: { message: uuid, new_content: text }, reply: nothing }),
  delete: define({ state: "in", request: { message: uuid }, reply: nothing }),

  sync_set: define({ state: "in", request: { uname: text, pfp: text }, reply: nothing }),
  sync_get: define({
    state: "in",
    request: nothing,
    reply: { uname: text, pfp: text, user_uuid: v.optional(uuid) },
  }),
  sync_set_servers: define({
    state: "in",
    request: { servers: v.array(v.object(syncServerEntries)) },
    reply: nothing,
  }),
  sync_get_servers: define({ state: "in", request: nothing, reply: { servers: v.array(syncServer) } }),

  get_last_reads: define({
    state: "in",
    request: nothing,
    // Marker date, unread count and, with the `markers` extension, the message's uuid.
    reply: { last_reads: v.record(text, v.tupleWithRest([date, unsigned], v.nullable(uuid))) },
  }),
  mark_as_read: define({ state: "in", request: { message: uuid }, reply: nothing }),
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
    reply: nothing,
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
    reply: nothing,
  }),

  list_groups: define({ state: "in", request: nothing, reply: { data: v.array(group) } }),
  create_group: define({
    state: "in",
    permission: "modify_groups",
    request: { permissions, name: text, colour: int32, position: unsigned },
    reply: { uuid: v.optional(uuid) },
  }),
  delete_group: define({ state: "in", permission: "modify_groups", request: { uuid }, reply: nothing }),
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
    reply: nothing,
  }),
  update_user_groups: define({
    state: "in",
    permission: "modify_user_groups",
    request: { user: uuid, groups: v.array(uuid) },
    reply: nothing,
  }),
} as const;

const additions = {
  hello: define({
    state: "any",
    request: { client: v.pipe(text, v.maxLength(200)), extensions: v.pipe(v.array(text), v.maxLength(100)) },
    reply: {
      server: text,
      extensions: v.array(text),
      limits: v.record(text, unsigned),
      cursor: v.optional(unsigned),
    },
  }),
  list_tokens: define({
    state: "in",
    extension: "tokens",
    request: nothing,
    reply: { data: v.array(sessionToken) },
  }),
  revoke_token: define({ state: "in", extension: "tokens", request: { id: uuid }, reply: nothing }),
  events_after: define({
    state: "in",
    extension: "cursor",
    request: { cursor: unsigned, limit: unsigned },
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
    reply: nothing,
  }),
  get_base_permissions: define({
    state: "in",
    extension: "admin",
    request: nothing,
    reply: { permissions },
  }),
  set_base_permissions: define({
    state: "in",
    permission: "modify_groups",
    extension: "admin",
    request: { permissions },
    reply: nothing,
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
    reply: nothing,
  }),
  ban_user: define({
    state: "in",
    permission: "ban_users",
    extension: "admin",
    request: { user: uuid },
    reply: nothing,
  }),
  unban_user: define({
    state: "in",
    permission: "ban_users",
    extension: "admin",
    request: { user: uuid },
    reply: nothing,
  }),
  list_bans: define({
    state: "in",
    permission: "ban_users",
    extension: "admin",
    request: nothing,
    reply: { data: v.array(v.object({ user: uuid, date })) },
  }),
  delete_account: define({
    state: "in",
    extension: "admin",
    request: { user: uuid },
    reply: nothing,
  }),
  set_channel_state: define({
    state: "in",
    extension: "state",
    request: { channel: uuid, key: channelStateEntries.key, value: v.unknown() },
    reply: nothing,
  }),
  list_channel_state: define({
    state: "in",
    extension: "state",
    request: { channel: uuid },
    reply: { data: v.array(v.object(channelStateEntries)) },
  }),
  typing: define({ state: "in", extension: "typing", request: { channel: uuid }, reply: nothing }),
} as const;

/** Every command: the 34 of the base protocol and Asterite's additions. */
export const commands = { ...baseCommands, ...additions } as const;

/** Name of a command, as it travels. */
export type CommandName = keyof typeof commands;

/** Whether a text is the name of a command. */
export const isCommandName = (name: string): name is CommandName => Object.hasOwn(commands, name);

/** What a sender writes for a command, beside `command` itself. */
export type RequestInput<Name extends CommandName> = FieldsIn<(typeof commands)[Name]["request"]>;
/** A request after validation, beside `command` itself. */
export type RequestFields<Name extends CommandName> = FieldsOut<(typeof commands)[Name]["request"]>;
/** What a 200 reply holds after validation, beside `command` and `status`. */
export type ReplyFields<Name extends CommandName> = FieldsOut<(typeof commands)[Name]["reply"]>;
/** What a server writes into a 200 reply, beside `command` and `status`. */
export type ReplyInput<Name extends CommandName> = FieldsIn<(typeof commands)[Name]["reply"]>;
