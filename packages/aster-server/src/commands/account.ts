import { isBlank, Status } from "@asterite/aster-protocol";
import { push } from "../outgoing.ts";
import { hashPassword, verifyPassword } from "../password.ts";
import type { StoredCredentials, StoreReader, StoreWriter } from "../store/store.ts";
import { wireUser } from "./entities.ts";
import { type Call, type HandlerTable, refuse } from "./handler.ts";

type Credentials = Call<"register" | "login">;

/** Everybody learns of the user before the reply, and before the user's first message. */
async function openSession(call: Credentials, tx: StoreReader, uuid: number): Promise<{ uuid: number }> {
  const user = await tx.user(uuid);
  const { hub } = call.server;
  call.afterCommit(() => call.session.logIn(uuid));
  if (user) call.publish({ kind: "everyone" }, push("get_metadata", { data: [wireUser(user)] }));
  call.afterCommit(() => hub.publish({ kind: "everyone" }, push("online", { data: hub.online() })));
  return { uuid };
}

const findAccount = (
  reader: StoreReader,
  { uname, uuid }: Call<"login">["fields"],
): Promise<StoredCredentials | undefined> =>
  uname !== undefined ? reader.credentialsByName(uname) : reader.credentialsByUuid(uuid ?? -1);

/** Registration and login. Both hash off the event loop, before their transaction. */
export const accountCommands = {
  register: {
    prepare: async (call) => {
      const { uname, passwd } = call.fields;
      const { settings, read } = call.server;
      if (isBlank(uname) || uname.length > settings.limits.name) return refuse(Status.Malformed);
      if (await read.credentialsByName(uname)) return refuse(Status.Conflict);
      const password = await hashPassword(passwd, call.session.network);
      return async (tx: StoreWriter) => {
        // Somebody else may have taken the name while the password was hashed.
        if (await tx.credentialsByName(uname)) return refuse(Status.Conflict);
        const uuid = await tx.addUser({ name: uname, pfp: settings.defaultPicture, password });
        return openSession(call, tx, uuid);
      };
    },
  },

  login: {
    prepare: async (call) => {
      const { passwd, uname, uuid } = call.fields;
      // Session tokens are not offered yet, and the reference server asks for a password too.
      if (passwd === undefined || (uname === undefined && uuid === undefined)) {
        return refuse(Status.Malformed);
      }
      const account = await findAccount(call.server.read, call.fields);
      if (!account) return refuse(Status.NotFound);
      // An account without a password takes the first one that it is given.
      const { network } = call.session;
      const adopted = account.password === "" ? await hashPassword(passwd, network) : undefined;
      const fits = (): Promise<boolean> => verifyPassword(account.password, passwd, network);
      if (adopted === undefined && !(await call.server.logins.attempt(network, account.uuid, fits))) {
        return refuse(Status.Forbidden);
      }
      return async (tx: StoreWriter) => {
        const now = await tx.credentialsByUuid(account.uuid);
        if (!now) return refuse(Status.NotFound);
        // The password was changed while this one was compared.
        if (now.password !== account.password) return refuse(Status.Forbidden);
        if (adopted !== undefined) await tx.setPassword(account.uuid, adopted);
        return openSession(call, tx, account.uuid);
      };
    },
  },
} satisfies HandlerTable;
