import type { CommandName, ReplyInput, RequestFields } from "@asterite/aster-protocol";
import type { AuditDetails } from "../store/audit-store.ts";
import type { AuditTarget } from "./audit-target.ts";

/** Request of an audited command, with its reply once it has one. */
interface AuditedRequest<Name extends CommandName> {
  readonly fields: RequestFields<Name>;
  /** The requesting account; meaningless without a login. */
  readonly user: number;
  readonly reply?: ReplyInput<Name> | undefined;
}

/** How a command is audited. */
interface AuditRule<Name extends CommandName> {
  /** Returns the object that the command changes. An object that the command creates is known with the reply. */
  readonly target: (request: AuditedRequest<Name>) => AuditTarget | undefined;
  /** Whether the change is not recorded. */
  readonly skips?: (before: AuditDetails | undefined, user: number) => boolean;
  /** Whether the handler records the change itself, because the request does not show what it changes. */
  readonly isRecordedByHandler?: boolean;
}

const targetOf = (type: AuditTarget["type"], id: number | undefined): AuditTarget | undefined =>
  id === undefined ? undefined : { type, id };

const ownUser = ({ user }: { readonly user: number }) => targetOf("user", user);

/**
 * Audited commands: those that change rights, accounts, sessions, groups, channels, invites, emoji or the server, the
 * deletion of messages of others, and taking channel states from others.
 */
const auditRules: { readonly [Name in CommandName]?: AuditRule<Name> } = {
  register: { target: ({ reply }) => targetOf("user", reply?.uuid) },
  login: { target: ({ fields }) => targetOf("user", fields.uuid), isRecordedByHandler: true },
  nick: { target: ownUser },
  pfp: { target: ownUser },
  change_password: { target: ownUser },
  revoke_token: { target: ownUser },
  set_bot: { target: ({ fields, user }) => targetOf("user", fields.user ?? user) },
  delete_account: { target: ({ fields }) => targetOf("user", fields.user) },
  ban_user: { target: ({ fields }) => targetOf("user", fields.user) },
  unban_user: { target: ({ fields }) => targetOf("user", fields.user) },
  update_user_groups: { target: ({ fields }) => targetOf("user", fields.user) },
  create_group: { target: ({ reply }) => targetOf("group", reply?.uuid) },
  update_group: { target: ({ fields }) => targetOf("group", fields.uuid) },
  delete_group: { target: ({ fields }) => targetOf("group", fields.uuid) },
  create_channel: { target: ({ reply }) => targetOf("channel", reply?.uuid) },
  update_channel: { target: ({ fields }) => targetOf("channel", fields.uuid) },
  delete_channel: { target: ({ fields }) => targetOf("channel", fields.channel) },
  create_emoji: { target: ({ reply }) => targetOf("emoji", reply?.uuid) },
  delete_emoji: { target: ({ fields }) => targetOf("emoji", fields.uuid) },
  create_invite: { target: ({ reply }) => targetOf("invite", reply?.id) },
  revoke_invite: { target: ({ fields }) => targetOf("invite", fields.id) },
  set_server: { target: () => ({ type: "server" }) },
  set_base_permissions: { target: () => ({ type: "server" }) },
  // Recorded where it takes the key of another account.
  set_channel_state: {
    target: ({ fields }) => targetOf("channel", fields.channel),
    isRecordedByHandler: true,
  },
  delete: {
    target: ({ fields }) => targetOf("message", fields.message),
    skips: (before, user) => before?.["author"] === user,
  },
};

/** Returns the rule of a command, if it is audited. */
export const auditRuleOf = (command: string): AuditRule<CommandName> | undefined =>
  // The table pairs each name with its own rule, which the compiler cannot follow through a lookup.
  (auditRules as { readonly [name: string]: unknown })[command] as AuditRule<CommandName> | undefined;
