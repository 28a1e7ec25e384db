import { createHash } from "node:crypto";
import type { ReplyInput } from "@asterite/aster-protocol";
import { hashPassword, verifyDecoy, verifyPassword } from "../auth/password.ts";
import { generateToken, hashToken } from "../auth/session-token.ts";
import { push } from "../hub/outgoing-packet.ts";
import type { StoreAccess, StoredCredentials, StoredUser } from "../store/store.ts";
import { announceUser } from "./announce.ts";
import { type Call, exclusive, type HandlerTable, type SecondPhase, type Session } from "./handler.ts";
import { type Refusal, refuse, refuseText } from "./refusals.ts";
import { toWireUser } from "./wire-format.ts";

type Credentials = Call<"register" | "login">;

/** Returns the position in the event log for a session that negotiated the extension `cursor`. */
async function readPosition(
  { extensions }: Session,
  tx: StoreAccess,
): Promise<Pick<ReplyInput<"login">, "cursor" | "epoch">> {
  if (!extensions.has("cursor")) return {};
  return { cursor: await tx.events.newestSeq(), epoch: (await tx.events.readEpoch()).id };
}

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
  return { uuid, ...(token !== undefined && { token }), ...(await readPosition(session, tx)) };
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

/** Refuses a wrong password, or any if the login throttle refuses the attempt. */
async function refuseWrongPassword(
  { session, server }: Call<"login" | "change_password">,
  { uuid, password }: StoredCredentials,
  given: string,
): Promise<Refusal | undefined> {
  const { network } = session;
  const { isCorrect, retryAfterMs } = await server.logins.attempt(network, uuid, () =>
    verifyPassword(password, given, network),
  );
  if (isCorrect) return undefined;
  return retryAfterMs === undefined ? refuse.wrongPassword() : refuse.rateLimited(retryAfterMs);
}

/**
 * Refuses a login to an unknown account. On servers that hide unknown accounts, the reply, its time and its
 * throttling are those of a wrong password.
 */
async function refuseUnknownAccount(
  { session, server, fields }: Call<"login">,
  given: string,
): Promise<Refusal> {
  const { network } = session;
  const field = fields.uname === undefined ? "uuid" : "uname";
  if (!server.settings.hidesUnknownAccounts) return refuse.unknown(field);
  const account = unknownAccountId(`${field}:${fields[field]}`);
  const { retryAfterMs } = await server.logins.attempt(network, account, () => verifyDecoy(given, network));
  return retryAfterMs === undefined ? refuse.wrongPassword() : refuse.rateLimited(retryAfterMs);
}

/** Returns a stable negative id, by which the login throttle distinguishes unknown accounts. */
const unknownAccountId = (name: string): number =>
  -1 - createHash("sha256").update(name).digest().readUIntBE(0, 6);

/**
 * Read-only if possible, because after a crash thousands log in at once; the use of the token is stored
 * later.
 */
function logInByToken(call: Call<"login">, token: string): SecondPhase<"login"> {
  const hash = hashToken(token);
  const logIn = async (tx: StoreAccess) => {
    const owner = await tx.tokens.findOwner(hash);
    if (!owner) return refuse.invalidToken();
    if (owner.isBanned) return refuse.banned();
    call.afterCommit(() => call.server.tokenUses.record({ hash, date: call.date }));
    return announceLogin(call, tx, owner.user.uuid, owner.user);
  };
  return call.fields.want_token ? logIn : { read: logIn };
}

async function logInByPassword(call: Call<"login">, passwd: string): Promise<SecondPhase<"login"> | Refusal> {
  const { uname, uuid } = call.fields;
  if (uname === undefined && uuid === undefined) return refuse.invalid("uname");
  const account = await findAccount(call.server.read, call.fields);
  if (!account) return await refuseUnknownAccount(call, passwd);
  // An account without a password adopts the first one given.
  const adopted = account.password === "" ? await hashPassword(passwd, call.session.network) : undefined;
  const refused = adopted === undefined && (await refuseWrongPassword(call, account, passwd));
  if (refused) return refused;
  return async (tx) => {
    const current = await tx.accounts.findCredentialsByUuid(account.uuid);
    if (!current) return refuse.unknown(uname === undefined ? "uuid" : "uname");
    // The password was changed while it was checked.
    if (current.password !== account.password) return refuse.wrongPassword();
    if (current.isBanned) return refuse.banned();
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
      const refused = refuseText("uname", uname, settings.limits.name);
      if (refused) return refused;
      if (await read.accounts.findCredentialsByName(uname)) return refuse.nameTaken();
      const password = await hashPassword(passwd, call.session.network);
      return async (tx: StoreAccess) => {
        // The name may have been taken while the password was hashed.
        if (await tx.accounts.findCredentialsByName(uname)) return refuse.nameTaken();
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
      return passwd === undefined ? refuse.invalid("passwd") : logInByPassword(call, passwd);
    },
  },

  change_password: {
    prepare: async (call) => {
      const { new_password, old_password } = call.fields;
      const isExtended = call.session.extensions.size > 0;
      if (isExtended && old_password === undefined) return refuse.invalid("old_password");
      if (isExtended && old_password !== undefined) {
        const account = await call.server.read.accounts.findCredentialsByUuid(call.user);
        const refused = account
          ? await refuseWrongPassword(call, account, old_password)
          : refuse.wrongPassword();
        if (refused) return refused;
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
    (await tx.tokens.revoke(user, fields.id)) ? {} : refuse.unknown("id"),
  ),
} satisfies HandlerTable;
