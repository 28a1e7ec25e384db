import { Access, operatorId, setupId } from "../access.ts";
import type { AuditTarget } from "../audit/audit-target.ts";
import { audited } from "../audit/audited.ts";
import { normalizeName } from "../auth/names.ts";
import { hashPassword } from "../auth/password.ts";
import { findPasswordProblem } from "../auth/password-policy.ts";
import { generateToken, hashToken } from "../auth/session-token.ts";
import { announceAccess, announceUser, endSessions, revokeToken } from "../commands/announce.ts";
import { hasAdministrator } from "../commands/grants.ts";
import type { CallContext, ServerContext } from "../commands/handler.ts";
import { isSetupInvite, issueInvite } from "../commands/invites.ts";
import { refuseName } from "../commands/refusals.ts";
import { isNameTaken } from "../commands/registration.ts";
import type { StoreAccess } from "../store/store.ts";
import { AdminError } from "../store/transfer/admin-error.ts";
import { ensureAdminGroup } from "./admin-user.ts";

/** An administrative operation that is not a command of the protocol. */
export interface Operation {
  /** Slow work before the transaction. */
  readonly prepare?: (fields: Fields, server: ServerContext) => Promise<Fields>;
  readonly run: (call: CallContext, tx: StoreAccess, fields: Fields) => Promise<object>;
  /** Returns the object that the operation changes, for the audit log; absent if it changes nothing. */
  readonly target?: (fields: Fields, result?: object) => AuditTarget | undefined;
}

/** Fields of a request of the operator. */
export type Fields = Readonly<Record<string, unknown>>;

const stringField = (fields: Fields, name: string): string => {
  const value = fields[name];
  if (typeof value !== "string") throw new AdminError(`field ${name}: expected string`);
  return value;
};

const integerField = (fields: Fields, name: string): number => {
  const value = fields[name];
  if (!Number.isSafeInteger(value)) throw new AdminError(`field ${name}: expected integer`);
  return Number(value);
};

/** Returns a new name of an account, which keeps its own one in another spelling if `exceptUuid` names it. */
async function requireFreeName(
  tx: StoreAccess,
  given: string,
  server: ServerContext,
  exceptUuid?: number,
): Promise<string> {
  const { name: maxLength } = server.settings.limits;
  const name = normalizeName(given);
  if (refuseName("name", name, maxLength)) {
    throw new AdminError(
      `invalid name: 1 to ${maxLength} characters, without control and invisible characters and spaces at its edges`,
    );
  }
  if (await tx.accounts.findCredentialsByName(name)) throw new AdminError(`user ${name} already exists`);
  if (await isNameTaken(name, tx, exceptUuid)) throw new AdminError(`another user has a name like ${name}`);
  return name;
}

const requireUser = async (tx: StoreAccess, uuid: number): Promise<number> => {
  if (!(await tx.accounts.get(uuid))) throw new AdminError(`user ${uuid} does not exist`);
  return uuid;
};

async function withHashedPassword(fields: Fields, { settings }: ServerContext): Promise<Fields> {
  const password = stringField(fields, "password");
  const problem = await findPasswordProblem(password, settings.passwords);
  if (problem === "too short") {
    throw new AdminError(`the password is shorter than ${settings.passwords.minLength} characters`);
  }
  if (problem === "common") throw new AdminError("the password is too common");
  return { ...fields, password: await hashPassword(password) };
}

/** Returns the user that a request names. */
const namedUser = ({ user: id }: Fields): AuditTarget | undefined =>
  typeof id === "number" ? { type: "user", id } : undefined;

/** Administrative operations by name. */
export const operations: { readonly [name: string]: Operation } = {
  create_user: {
    target: (_fields, result) =>
      result && "uuid" in result ? { type: "user", id: Number(result.uuid) } : undefined,
    prepare: withHashedPassword,
    run: async (call, tx, fields) => {
      const name = await requireFreeName(tx, stringField(fields, "name"), call.server);
      const { defaultPicture: pfp } = call.server.settings;
      const uuid = await tx.accounts.add({ name, pfp, password: stringField(fields, "password") });
      await announceUser(call, tx, uuid);
      return { uuid };
    },
  },

  /**
   * Replaces the invite with which the first administrator registers, and returns the code of the new one as
   * `invite`. Without that field, the server has an administrator.
   */
  create_setup_invite: {
    run: async (call, tx) => {
      for (const invite of await tx.invites.list()) {
        if (isSetupInvite(invite)) await tx.invites.remove(invite.id);
      }
      if (await hasAdministrator(new Access(await tx.readAccessRules()), tx)) return {};
      const action = {
        action: "create_setup_invite",
        actor: operatorId,
        target: (result?: { readonly id: number }) => result && ({ type: "invite", id: result.id } as const),
      };
      return await audited(call, tx, action, async () => {
        const group = await ensureAdminGroup(tx);
        if (group.made) await announceAccess(call, tx, "list_groups");
        return await issueInvite(call, tx, { author: setupId, groups: [group.uuid] });
      });
    },
  },

  rename_user: {
    target: namedUser,
    run: async (call, tx, fields) => {
      const uuid = await requireUser(tx, integerField(fields, "user"));
      await tx.accounts.update(uuid, {
        name: await requireFreeName(tx, stringField(fields, "name"), call.server, uuid),
      });
      await announceUser(call, tx, uuid);
      return {};
    },
  },

  set_password: {
    target: namedUser,
    prepare: withHashedPassword,
    run: async (call, tx, fields) => {
      const uuid = await requireUser(tx, integerField(fields, "user"));
      await tx.accounts.update(uuid, { password: stringField(fields, "password") });
      await endSessions(call, tx, uuid, "password changed");
      return {};
    },
  },

  remove_overrides: {
    target: () => ({ type: "overrides" }),
    run: async (call, tx) => {
      const removed = await tx.channels.removeAllOverrides();
      await announceAccess(call, tx, "list_channels");
      return { removed };
    },
  },

  list_user_tokens: {
    run: async (_call, tx, fields) => ({ data: await tx.tokens.list(integerField(fields, "user")) }),
  },

  create_token: {
    target: namedUser,
    run: async ({ date }, tx, fields) => {
      const user = await requireUser(tx, integerField(fields, "user"));
      const token = generateToken();
      await tx.tokens.add({ hash: hashToken(token), user, client: stringField(fields, "client"), date });
      return { token };
    },
  },

  revoke_user_token: {
    target: namedUser,
    run: async (call, tx, fields) => {
      const [user, id] = [integerField(fields, "user"), integerField(fields, "id")];
      if (!(await revokeToken(call, tx, user, id))) throw new AdminError(`user ${user} has no token ${id}`);
      return {};
    },
  },
};
