import { createHash } from "node:crypto";
import type { ReplyInput } from "@asterite/aster-protocol";
import { audited } from "../audit/audited.ts";
import { normalizeName } from "../auth/names.ts";
import { hashPassword, verifyDecoy } from "../auth/password.ts";
import { hashToken } from "../auth/session-token.ts";
import { push } from "../hub/outgoing-packet.ts";
import type { StoreAccess, StoredCredentials, StoredUser } from "../store/store.ts";
import { endSessions, revokeToken } from "./announce.ts";
import { type Call, exclusive, type HandlerTable, type SecondPhase } from "./handler.ts";
import { openByPassword, openSession } from "./open-session.ts";
import { confirmPassword, isUnchanged, refuseWrongPassword } from "./password-checks.ts";
import { Refusal, refuse, refusePassword } from "./refusals.ts";
import { toWireUser, userFormFor } from "./wire-format.ts";

/** Logins of one account that are announced at once; further ones are announced once per interval. */
const announcedLogins = 10;
const announcedLoginIntervalMs = 60_000;

/**
 * Announces a login to legacy clients, which learn of accounts from it; others receive every change. Not every one
 * of many: legacy clients receive the picture each time.
 */
function announceLogin(call: Call<"login">, user: StoredUser | undefined): void {
  const { cooldowns } = call.server;
  const key = `login:${user?.uuid}`;
  if (cooldowns.tryStart(key, announcedLoginIntervalMs, performance.now(), announcedLogins) > 0) return;
  const metadata = user && push("get_metadata", { data: [toWireUser(user, userFormFor(new Set()))] });
  if (metadata) call.publish({ type: "everyone", onlyLegacy: true }, metadata);
}

async function findAccount(
  { accounts }: StoreAccess,
  { uname, uuid }: Call<"login">["fields"],
): Promise<StoredCredentials | undefined> {
  if (uname === undefined) return await accounts.findCredentialsByUuid(uuid ?? -1);
  // Old names are stored as they were given.
  return (
    (await accounts.findCredentialsByName(uname)) ??
    (await accounts.findCredentialsByName(normalizeName(uname)))
  );
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
  // Without the name: users also type passwords there.
  server.logger.debug({ address: network }, "login failed: unknown account");
  if (!server.settings.hidesUnknownAccounts) return refuse.unknown(field);
  const account = unknownAccountId(`${field}:${fields[field]}`);
  const { retryAfterMs } = await server.logins.attempt(network, account, () => verifyDecoy(given, network));
  return retryAfterMs === undefined ? refuse.wrongPassword() : refuse.rateLimited(retryAfterMs);
}

/** Returns a stable negative id, by which the login throttle distinguishes unknown accounts. */
const unknownAccountId = (name: string): number =>
  -1 - createHash("sha256").update(name).digest().readUIntBE(0, 6);

/**
 * Read-only, because after a crash thousands log in at once; the use of the token is stored later. A token issues
 * no further token: whoever copied it could keep access after it is revoked.
 */
function logInByToken(call: Call<"login">, token: string): SecondPhase<"login"> | Refusal {
  if (call.fields.want_token) return refuse.reauthenticate();
  const hash = hashToken(token);
  return {
    read: async (tx) => {
      const owner = await tx.tokens.findOwner(hash);
      const { tokenIdleSeconds } = call.server.settings;
      if (!owner || call.date - owner.lastUsed > tokenIdleSeconds) return refuse.invalidToken();
      if (owner.isBanned) return refuse.banned(owner.user.uuid);
      call.afterCommit(() => call.server.tokenUses.record({ hash, date: call.date }));
      announceLogin(call, owner.user);
      const origin = { method: "token", token: { id: owner.token, hash } } as const;
      return await openSession(call, tx, owner.user.uuid, origin);
    },
  };
}

async function logInByPassword(call: Call<"login">, passwd: string): Promise<SecondPhase<"login"> | Refusal> {
  const { uname, uuid } = call.fields;
  if (uname === undefined && uuid === undefined) return refuse.invalid("uname");
  const account = await findAccount(call.server.read, call.fields);
  if (!account) return await refuseUnknownAccount(call, passwd);
  const refused = await refuseWrongPassword(call, account, passwd);
  if (refused) return refused;
  const logIn = async (tx: StoreAccess): Promise<ReplyInput<"login"> | Refusal> => {
    const current = await tx.accounts.findCredentialsByUuid(account.uuid);
    if (!current) return refuse.unknown(uname === undefined ? "uuid" : "uname");
    // The password was changed while it was checked.
    if (current.password !== account.password) return refuse.wrongPassword(account.uuid);
    if (current.isBanned) return refuse.banned(account.uuid);
    announceLogin(call, await tx.accounts.get(account.uuid));
    return await openByPassword(call, tx, account.uuid);
  };
  const target = { type: "user", id: account.uuid } as const;
  const action = {
    action: "login",
    actor: account.uuid,
    address: call.session.network,
    target: () => target,
  };
  return (tx) => audited(call, tx, action, () => logIn(tx));
}

/**
 * Login, passwords and session tokens. Passwords are hashed before the transaction, off the
 * event loop.
 */
export const accountCommands = {
  login: {
    prepare: (call) => {
      const { token, passwd } = call.fields;
      if (token !== undefined) return logInByToken(call, token);
      return passwd === undefined ? refuse.invalid("passwd") : logInByPassword(call, passwd);
    },
  },

  change_password: {
    prepare: async (call) => {
      const { fields, session, server, user } = call;
      const { new_password, old_password } = fields;
      const isByToken = session.origin?.method !== "password";
      // Deployed clients send neither `hello` nor the old password, but have just logged in with it.
      if (old_password === undefined && session.hasSentHello && !isByToken) {
        return refuse.invalid("old_password");
      }
      const checked =
        old_password !== undefined || isByToken
          ? await confirmPassword(call, old_password)
          : await server.read.accounts.findCredentialsByUuid(user);
      if (checked instanceof Refusal) return checked;
      const refused = await refusePassword(new_password, server.settings.passwords);
      if (refused) return refused;
      const password = await hashPassword(new_password, session.network);
      return async (tx: StoreAccess) => {
        if (!checked || !(await isUnchanged(checked, tx))) return refuse.wrongPassword();
        await tx.accounts.update(user, { password });
        await endSessions(call, tx, user, "password changed", session.id);
        return {};
      };
    },
  },

  list_tokens: {
    read: async ({ user, date, server }, tx) => {
      const tokens = await tx.tokens.list(user);
      return { data: tokens.filter((token) => date - token.last_used <= server.settings.tokenIdleSeconds) };
    },
  },

  revoke_token: exclusive(async (call, tx) => {
    const { user, fields, session } = call;
    // A session opened by password stays open. One that revokes its own token still receives the reply.
    if (!(await revokeToken(call, tx, user, fields.id, session.id))) return refuse.unknown("id");
    const { origin } = session;
    if (origin?.method === "token" && origin.token?.id === fields.id)
      call.afterCommit(() => session.endSession());
    return {};
  }),
} satisfies HandlerTable;
