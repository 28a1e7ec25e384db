import { verifyPassword } from "../auth/password.ts";
import type { StoreAccess, StoredCredentials } from "../store/store.ts";
import type { ServerContext, Session } from "./handler.ts";
import { type Refusal, refuse } from "./refusals.ts";

/** The part of a call that a password check needs. */
interface CheckedCall {
  readonly session: Session;
  readonly server: ServerContext;
  readonly user: number;
}

/** Logs a wrong password. Attempts that are not limited, or too many, are not logged at this level. */
function logFailure({ logger }: ServerContext, address: string, user: number, isChecked: boolean): void {
  if (isChecked) logger.info({ address, user }, "login failed: wrong password");
  else logger.debug({ address, user }, "login failed: too many attempts");
}

/** Refuses a wrong password, or any if the login throttle refuses the attempt. */
export async function refuseWrongPassword(
  { session, server }: Pick<CheckedCall, "session" | "server">,
  { uuid, password }: StoredCredentials,
  given: string,
): Promise<Refusal | undefined> {
  const { network } = session;
  const { isCorrect, retryAfterMs } = await server.logins.attempt(network, uuid, () =>
    verifyPassword(password, given, network),
  );
  if (isCorrect) return undefined;
  logFailure(server, network, uuid, retryAfterMs === undefined);
  return retryAfterMs === undefined ? refuse.wrongPassword(uuid) : refuse.rateLimited(retryAfterMs, uuid);
}

/**
 * Returns the credentials of the session's account if the password is right. The caller checks in its
 * transaction that they are unchanged; see {@link isUnchanged}.
 */
export async function confirmPassword(
  call: CheckedCall,
  given: string | undefined,
): Promise<StoredCredentials | Refusal> {
  if (given === undefined) return refuse.reauthenticate();
  const account = await call.server.read.accounts.findCredentialsByUuid(call.user);
  if (!account) return refuse.wrongPassword();
  return (await refuseWrongPassword(call, account, given)) ?? account;
}

/** Returns whether an account still has the password that was checked before the transaction. */
export const isUnchanged = async (checked: StoredCredentials, tx: StoreAccess): Promise<boolean> =>
  (await tx.accounts.findCredentialsByUuid(checked.uuid))?.password === checked.password;
