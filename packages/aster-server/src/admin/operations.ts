import { type CommandName, isBlank } from "@asterite/aster-protocol";
import { hashPassword } from "../auth/password.ts";
import { hashToken, makeToken } from "../auth/session-token.ts";
import { announceUser } from "../commands/announce.ts";
import type { Call, ServerContext } from "../commands/handler.ts";
import type { StoreAccess } from "../store/store.ts";
import { AdminError } from "../store/transfer/admin-error.ts";

/** What an operation works with: the transaction, and effects for after its commit. */
export type OperationCall = Pick<Call<CommandName>, "server" | "publish" | "afterCommit" | "date">;

/** What only the operator can do, beside the commands of the protocol. */
interface Operation {
  /** Slow work before the transaction. */
  readonly prepare?: (fields: Fields, server: ServerContext) => Promise<Fields>;
  readonly run: (call: OperationCall, tx: StoreAccess, fields: Fields) => Promise<object>;
}

type Fields = Readonly<Record<string, unknown>>;

const textOf = (fields: Fields, name: string): string => {
  const value = fields[name];
  if (typeof value !== "string") throw new AdminError(`field ${name}: expected string`);
  return value;
};

const uuidOf = (fields: Fields, name: string): number => {
  const value = fields[name];
  if (!Number.isSafeInteger(value)) throw new AdminError(`field ${name}: expected integer`);
  return Number(value);
};

async function freeName(tx: StoreAccess, name: string, server: ServerContext): Promise<string> {
  const { name: longest } = server.settings.limits;
  if (isBlank(name) || name.length > longest) throw new AdminError(`a name has 1 to ${longest} characters`);
  if (await tx.accounts.findCredentialsByName(name)) throw new AdminError(`there is already a user ${name}`);
  return name;
}

const existing = async (tx: StoreAccess, uuid: number): Promise<number> => {
  if (!(await tx.accounts.get(uuid))) throw new AdminError(`there is no user ${uuid}`);
  return uuid;
};

const hashed = async (fields: Fields): Promise<Fields> => ({
  ...fields,
  password: await hashPassword(textOf(fields, "password")),
});

/** Operations by name. */
export const operations: { readonly [name: string]: Operation } = {
  create_user: {
    prepare: hashed,
    run: async (call, tx, fields) => {
      const name = await freeName(tx, textOf(fields, "name"), call.server);
      const { defaultPicture: pfp } = call.server.settings;
      const uuid = await tx.accounts.add({ name, pfp, password: textOf(fields, "password") });
      await announceUser(call, tx, uuid);
      return { uuid };
    },
  },

  rename_user: {
    run: async (call, tx, fields) => {
      const uuid = await existing(tx, uuidOf(fields, "user"));
      await tx.accounts.update(uuid, { name: await freeName(tx, textOf(fields, "name"), call.server) });
      await announceUser(call, tx, uuid);
      return {};
    },
  },

  set_password: {
    prepare: hashed,
    run: async (_call, tx, fields) => {
      const uuid = await existing(tx, uuidOf(fields, "user"));
      await tx.accounts.update(uuid, { password: textOf(fields, "password") });
      await tx.tokens.revokeAll(uuid);
      return {};
    },
  },

  list_user_tokens: {
    run: async (_call, tx, fields) => ({ data: await tx.tokens.list(uuidOf(fields, "user")) }),
  },

  create_token: {
    run: async ({ date }, tx, fields) => {
      const user = await existing(tx, uuidOf(fields, "user"));
      const token = makeToken();
      await tx.tokens.add({ hash: hashToken(token), user, client: textOf(fields, "client"), date });
      return { token };
    },
  },

  revoke_user_token: {
    run: async (_call, tx, fields) => {
      const [user, id] = [uuidOf(fields, "user"), uuidOf(fields, "id")];
      if (!(await tx.tokens.revoke(user, id))) throw new AdminError(`user ${user} has no token ${id}`);
      return {};
    },
  },
};
