import { normalizeName } from "../auth/names.ts";
import { hashPassword } from "../auth/password.ts";
import { findPasswordProblem } from "../auth/password-policy.ts";
import { generateToken, hashToken } from "../auth/session-token.ts";
import { announceAccess, announceUser, endSessions, revokeToken } from "../commands/announce.ts";
import type { CallContext, ServerContext } from "../commands/handler.ts";
import { refuseName } from "../commands/refusals.ts";
import { isNameTaken } from "../commands/registration.ts";
import type { StoreAccess } from "../store/store.ts";
import { AdminError } from "../store/transfer/admin-error.ts";

/** An administrative operation that is not a command of the protocol. */
interface Operation {
  /** Slow work before the transaction. */
  readonly prepare?: (fields: Fields, server: ServerContext) => Promise<Fields>;
  readonly run: (call: CallContext, tx: StoreAccess, fields: Fields) => Promise<object>;
}

type Fields = Readonly<Record<string, unknown>>;

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

/** Administrative operations by name. */
export const operations: { readonly [name: string]: Operation } = {
  create_user: {
    prepare: withHashedPassword,
    run: async (call, tx, fields) => {
      const name = await requireFreeName(tx, stringField(fields, "name"), call.server);
      const { defaultPicture: pfp } = call.server.settings;
      const uuid = await tx.accounts.add({ name, pfp, password: stringField(fields, "password") });
      await announceUser(call, tx, uuid);
      return { uuid };
    },
  },

  rename_user: {
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
    prepare: withHashedPassword,
    run: async (call, tx, fields) => {
      const uuid = await requireUser(tx, integerField(fields, "user"));
      await tx.accounts.update(uuid, { password: stringField(fields, "password") });
      await endSessions(call, tx, uuid, "password changed");
      return {};
    },
  },

  remove_overrides: {
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
    run: async ({ date }, tx, fields) => {
      const user = await requireUser(tx, integerField(fields, "user"));
      const token = generateToken();
      await tx.tokens.add({ hash: hashToken(token), user, client: stringField(fields, "client"), date });
      return { token };
    },
  },

  revoke_user_token: {
    run: async (call, tx, fields) => {
      const [user, id] = [integerField(fields, "user"), integerField(fields, "id")];
      if (!(await revokeToken(call, tx, user, id))) throw new AdminError(`user ${user} has no token ${id}`);
      return {};
    },
  },
};
