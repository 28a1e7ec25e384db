import { isBlank, type ReplyInput, Status } from "@asterite/aster-protocol";
import { hashPassword, verifyPassword } from "../auth/password.ts";
import { generateToken, hashToken } from "../auth/session-token.ts";
import { push } from "../hub/outgoing-packet.ts";
import type { StoreAccess, StoredCredentials, StoredUser } from "../store/store.ts";
import { announceUser } from "./announce.ts";
import {
  type Call,
  exclusive,
  type HandlerTable,
  type Refusal,
  refuse,
  type SecondPhase,
} from "./handler.ts";
import { toWireUser } from "./wire-format.ts";

type Credentials = Call<"register" | "login">;

/**
 * Logs the session in after the commit, so that presence pushes precede the reply and the user's first
 * message.
 */
async function openSession(call: Credentials, tx: StoreAccess, uuid: number): Promise<ReplyInput<"login">> {
  const { hub } = call.server;
  const { session } = call;
  call.afterCommit(() => {
    session.logIn(uuid);
    hub.presence.announce();
  });
  const token = call.fields.want_token ? generateToken() : undefined;
  if (token !== undefined) {
    const { client } = session;
    await tx.tokens.add({ hash: hashToken(token), user: uuid, client, date: call.date });
  }
  const cursor = session.extensions.has("cursor") ? await tx.events.newestSeq() : undefined;
  return { uuid, ...(token !== undefined && { token }), ...(cursor !== undefined && { cursor }) };
}

/**
 * Opens a session. Legacy clients learn of accounts from logins; the others receive every change of an
 * account.
 */
function announceLogin(
  call: Call<"login">,
  tx: StoreAccess,
  uuid: number,
  user: StoredUser | undefined,
): Promise<ReplyInput<"login">> {
  const metadata = user && push("get_metadata", { data: [toWireUser(user)] });
  if (metadata) call.publish({ type: "everyone", onlyLegacy: true }, metadata);
  return openSession(call, tx, uuid);
}

const findAccount = (
  reader: StoreAccess,
  { uname, uuid }: Call<"login">["fields"],
): Promise<StoredCredentials | undefined> =>
  uname !== undefined
    ? reader.accounts.findCredentialsByName(uname)
    : reader.accounts.findCredentialsByUuid(uuid ?? -1);

/** Checks a password unless the login throttle refuses the attempt. */
function isPassword(
  { session, server }: Call<"login" | "change_password">,
  { uuid, password }: StoredCredentials,
  given: string,
): Promise<boolean> {
  const { network } = session;
  return server.logins.attempt(network, uuid, () => verifyPassword(password, given, network));
}

/**
 * Read-only if possible, because after a crash thousands log in at once; the use of the token is stored
 * later.
 */
function logInByToken(call: Call<"login">, token: string): SecondPhase<"login"> {
  const hash = hashToken(token);
  const logIn = async (tx: StoreAccess) => {
    const owner = await tx.tokens.findOwner(hash);
    if (!owner || owner.isBanned) return refuse(Status.Forbidden);
    call.afterCommit(() => call.server.tokenUses.record({ hash, date: call.date }));
    return announceLogin(call, tx, owner.user.uuid, owner.user);
  };
  return call.fields.want_token ? logIn : { read: logIn };
}

async function logInByPassword(call: Call<"login">, passwd: string): Promise<SecondPhase<"login"> | Refusal> {
  const { uname, uuid } = call.fields;
  if (uname === undefined && uuid === undefined) return refuse(Status.Malformed);
  const account = await findAccount(call.server.read, call.fields);
  if (!account) return refuse(Status.NotFound);
  // An account without a password adopts the first one given.
  const adopted = account.password === "" ? await hashPassword(passwd, call.session.network) : undefined;
  if (adopted === undefined && !(await isPassword(call, account, passwd))) return refuse(Status.Forbidden);
  return async (tx) => {
    const current = await tx.accounts.findCredentialsByUuid(account.uuid);
    if (!current) return refuse(Status.NotFound);
    // The password was changed or the user banned while the password was checked.
    if (current.password !== account.password || current.isBanned) return refuse(Status.Forbidden);
    if (adopted !== undefined) await tx.accounts.update(account.uuid, { password: adopted });
    return announceLogin(call, tx, account.uuid, await tx.accounts.get(account.uuid));
  };
}

/**
 * Registration, login, passwords and session tokens. Passwords are hashed before the transaction, off the
 * event loop.
 */
export const accountCommands = {
  register: {
    prepare: async (call) => {
      const { uname, passwd } = call.fields;
      const { settings, read } = call.server;
      if (isBlank(uname) || uname.length > settings.limits.name) return refuse(Status.Malformed);
      if (await read.accounts.findCredentialsByName(uname)) return refuse(Status.Conflict);
      const password = await hashPassword(passwd, call.session.network);
      return async (tx: StoreAccess) => {
        // The name may have been taken while the password was hashed.
        if (await tx.accounts.findCredentialsByName(uname)) return refuse(Status.Conflict);
        const uuid = await tx.accounts.add({ name: uname, pfp: settings.defaultPicture, password });
        await announceUser(call, tx, uuid);
        return openSession(call, tx, uuid);
      };
    },
  },

  login: {
    prepare: (call) => {
      const { token, passwd } = call.fields;
      if (token !== undefined) return logInByToken(call, token);
      return passwd === undefined ? refuse(Status.Malformed) : logInByPassword(call, passwd);
    },
  },

  change_password: {
    prepare: async (call) => {
      const { new_password, old_password } = call.fields;
      const isExtended = call.session.extensions.size > 0;
      if (isExtended && old_password === undefined) return refuse(Status.Malformed);
      if (isExtended && old_password !== undefined) {
        const account = await call.server.read.accounts.findCredentialsByUuid(call.user);
        if (!account || !(await isPassword(call, account, old_password))) return refuse(Status.Forbidden);
      }
      const password = await hashPassword(new_password, call.session.network);
      return async (tx: StoreAccess) => {
        await tx.accounts.update(call.user, { password });
        await tx.tokens.revokeAll(call.user);
        return {};
      };
    },
  },

  list_tokens: { read: async ({ user }, tx) => ({ data: await tx.tokens.list(user) }) },

  revoke_token: exclusive(async ({ user, fields }, tx) =>
    (await tx.tokens.revoke(user, fields.id)) ? {} : refuse(Status.NotFound),
  ),
} satisfies HandlerTable;
