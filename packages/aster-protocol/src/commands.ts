import * as v from "@asterite/util/schema";
import { channelStateEntries, syncServerEntries } from "./entities.ts";
import type { ExtensionName } from "./extensions.ts";
import type { PermissionName } from "./permissions.ts";
import { date, int32, optionalOrNull, overrides, permissions, unsigned, uuid } from "./schema.ts";
import { Status } from "./status.ts";

/**
 * Definition of a command for servers: login state, permission, and the fields of the request. Clients check the
 * fields of the reply, which are in `replies.ts`: they do not load the definitions of requests.
 */
export interface CommandDefinition {
  /** Required login state. `any`: none; `in`: logged in; `out`: logged out. */
  readonly state: "any" | "in" | "out";
  /** Fields of the request in addition to `command`. */
  readonly request: v.Fields;
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
const text = v.string;

const baseCommands = {
  ping: define({ state: "any", request: noFields }),
  leave: define({ state: "any", request: noFields }),
  get_name: define({ state: "any", request: noFields }),
  get_icon: define({ state: "any", request: noFields }),
  get_metadata: define({ state: "any", request: noFields }),
  get_user: define({ state: "any", request: { uuid } }),
  list_emoji: define({ state: "any", request: noFields }),
  get_emoji: define({ state: "any", request: { uuid } }),

  register: define({
    state: "out",
    request: {
      uname: text,
      passwd: text,
      want_token: optionalOrNull(v.boolean),
      invite: optionalOrNull(text),
    },
  }),
  login: define({
    state: "out",
    request: {
      passwd: optionalOrNull(text),
      uname: optionalOrNull(text),
      uuid: optionalOrNull(uuid),
      token: optionalOrNull(text),
      want_token: optionalOrNull(v.boolean),
    },
    oneOf: ["passwd", "token"],
  }),
  online: define({ state: "in", request: noFields }),
  nick: define({ state: "in", request: { nick: text } }),
  pfp: define({ state: "in", request: { data: text } }),
  change_password: define({
    state: "in",
    wrongState: Status.WrongState,
    request: { new_password: text, old_password: optionalOrNull(text) },
  }),

  list_channels: define({ state: "in", request: noFields }),
  send: define({
    state: "in",
    request: {
      content: text,
      channel: uuid,
      reply: optionalOrNull(uuid),
      nonce: optionalOrNull(v.stringOf(0, 64)),
      /** Ids of complete uploads, with the extension `files`. */
      attachments: optionalOrNull(v.array(text, 10)),
    },
  }),
  history: define({
    state: "in",
    request: { num: v.integer(0, 4_294_967_295), channel: uuid, before_message: optionalOrNull(uuid) },
  }),
  edit: define({ state: "in", request: { message: uuid, new_content: text } }),
  delete: define({ state: "in", request: { message: uuid } }),

  sync_set: define({ state: "in", request: { uname: text, pfp: text } }),
  sync_get: define({
    state: "in",
    request: noFields,
  }),
  sync_set_servers: define({
    state: "in",
    request: { servers: v.array(v.object(syncServerEntries)) },
  }),
  sync_get_servers: define({ state: "in", request: noFields }),

  get_last_reads: define({
    state: "in",
    request: noFields,
  }),
  mark_as_read: define({ state: "in", request: { message: uuid } }),
  get_num_unread: define({ state: "in", request: { channel: uuid } }),

  create_channel: define({
    state: "in",
    permission: "modify_channels",
    request: {
      name: text,
      permissions: overrides,
      position: optionalOrNull(unsigned),
      slow_seconds: optionalOrNull(unsigned),
    },
  }),
  delete_channel: define({
    state: "in",
    permission: "modify_channels",
    request: { channel: uuid },
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
  }),

  list_groups: define({ state: "in", request: noFields }),
  create_group: define({
    state: "in",
    permission: "modify_groups",
    request: { permissions, name: text, colour: int32, position: unsigned },
  }),
  delete_group: define({ state: "in", permission: "modify_groups", request: { uuid } }),
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
  }),
  update_user_groups: define({
    state: "in",
    permission: "modify_user_groups",
    request: { user: uuid, groups: v.array(uuid) },
  }),
} as const;

const extensionCommands = {
  hello: define({
    state: "any",
    request: { client: v.stringOf(0, 200), extensions: v.array(text, 100) },
  }),
  list_tokens: define({
    state: "in",
    extension: "tokens",
    request: noFields,
  }),
  revoke_token: define({ state: "in", extension: "tokens", request: { id: uuid } }),
  create_invite: define({
    state: "in",
    permission: "modify_user_groups",
    extension: "invites",
    request: {
      uses: optionalOrNull(unsigned),
      expires: optionalOrNull(date),
      groups: optionalOrNull(v.array(uuid)),
    },
  }),
  list_invites: define({
    state: "in",
    permission: "modify_user_groups",
    extension: "invites",
    request: noFields,
  }),
  revoke_invite: define({
    state: "in",
    permission: "modify_user_groups",
    extension: "invites",
    request: { id: uuid },
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
  }),
  events_after: define({
    state: "in",
    extension: "cursor",
    request: { cursor: unsigned, limit: unsigned, epoch: optionalOrNull(text) },
  }),
  get_message: define({
    state: "in",
    extension: "message",
    request: { message: uuid },
  }),
  search: define({
    state: "in",
    extension: "search",
    request: {
      query: text,
      channel: optionalOrNull(uuid),
      author: optionalOrNull(uuid),
      before: optionalOrNull(uuid),
      since: optionalOrNull(unsigned),
      until: optionalOrNull(unsigned),
      limit: unsigned,
    },
  }),
  set_server: define({
    state: "in",
    permission: "modify_icon_name",
    extension: "admin",
    request: { name: optionalOrNull(text), icon: optionalOrNull(text) },
    oneOf: ["name", "icon"],
  }),
  get_base_permissions: define({
    state: "in",
    extension: "admin",
    request: noFields,
  }),
  set_base_permissions: define({
    state: "in",
    permission: "modify_groups",
    extension: "admin",
    request: { permissions },
  }),
  create_emoji: define({
    state: "in",
    permission: "modify_icon_name",
    extension: "admin",
    request: { name: text, data: text },
  }),
  delete_emoji: define({
    state: "in",
    permission: "modify_icon_name",
    extension: "admin",
    request: { uuid },
  }),
  ban_user: define({
    state: "in",
    permission: "ban_users",
    extension: "admin",
    request: { user: uuid },
  }),
  unban_user: define({
    state: "in",
    permission: "ban_users",
    extension: "admin",
    request: { user: uuid },
  }),
  list_bans: define({
    state: "in",
    permission: "ban_users",
    extension: "admin",
    request: noFields,
  }),
  delete_account: define({
    state: "in",
    extension: "admin",
    request: { user: uuid, password: optionalOrNull(text) },
  }),
  set_channel_state: define({
    state: "in",
    extension: "state",
    request: { channel: uuid, key: channelStateEntries.key, value: v.unknown },
  }),
  list_channel_state: define({
    state: "in",
    extension: "state",
    request: { channel: uuid },
  }),
  typing: define({ state: "in", extension: "typing", request: { channel: uuid } }),
  /** Sends a command to a bot that accepts them in the channel, without a message. */
  invoke: define({
    state: "in",
    extension: "invoke",
    request: {
      bot: uuid,
      channel: uuid,
      /** Chosen by the client; answers carry it. */
      id: v.stringOf(1, 64),
      /** Name of the command. */
      name: v.stringOf(1, 100),
      arguments: text,
    },
  }),
  /** Answers an invocation to its author alone. */
  answer_invocation: define({
    state: "in",
    extension: "invoke",
    request: { invocation: text, content: text },
  }),
  set_bot: define({
    state: "in",
    extension: "bots",
    /** `user`: another account; needs `modify_user_groups` and a higher rank. Default: the own account. */
    request: { bot: v.boolean, user: optionalOrNull(uuid) },
  }),
  /** Announces an upload, whose bytes follow by HTTP. */
  create_upload: define({
    state: "in",
    extension: "files",
    request: { channel: uuid, name: text, size: unsigned, type: text },
  }),
  /** Returns a link to a file that is valid for a short time. */
  file_link: define({ state: "in", extension: "files", request: { file: text } }),
  /** The accounts in order of creation, in pages; `page` 0 has the first ones. */
  list_users: define({
    state: "any",
    extension: "pictures",
    request: { page: unsigned },
  }),
  /** The present picture of an account, with the hash by which the data of accounts refer to it. */
  get_picture: define({
    state: "any",
    extension: "pictures",
    request: { uuid },
  }),
} as const;

/** All commands: the 34 of the base protocol and those of Asterite's extensions. */
export const commands = { ...baseCommands, ...extensionCommands } as const;

/** Name of a command on the wire. */
export type CommandName = keyof typeof commands;

/** Returns whether a string is the name of a command. */
export const isCommandName = (name: string): name is CommandName => Object.hasOwn(commands, name);

/** Fields of a request as the sender passes them, without `command`. */
export type RequestInput<Name extends CommandName> = v.FieldsIn<(typeof commands)[Name]["request"]>;
/** Fields of a request after validation, without `command`. */
export type RequestFields<Name extends CommandName> = v.FieldsOut<(typeof commands)[Name]["request"]>;
