import type { ReplyInput } from "@asterite/aster-protocol";
import { generateToken, hashToken } from "../auth/session-token.ts";
import type { StoreAccess } from "../store/store.ts";
import type { Call, Session, SessionOrigin } from "./handler.ts";

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
 * message. A ban, a new password or a revocation that was committed after the login began ends it: a login by token
 * only reads, so that it does not wait for writes.
 */
export async function openSession(
  call: Credentials,
  tx: StoreAccess,
  uuid: number,
  origin: SessionOrigin,
): Promise<ReplyInput<"login">> {
  const { hub } = call.server;
  const { session } = call;
  call.afterCommit(() => {
    if (hub.hasEndedSessions(call.startedAt, uuid, origin.token?.id)) {
      session.endSession();
      return;
    }
    session.logIn(uuid, origin);
    hub.presence.announce();
  });
  return { uuid, ...(await readPosition(session, tx)) };
}

/** Opens a session by password, with a new token if the client wants one. */
export async function openByPassword(
  call: Credentials,
  tx: StoreAccess,
  uuid: number,
): Promise<ReplyInput<"login">> {
  if (!call.fields.want_token) return await openSession(call, tx, uuid, { method: "password" });
  const token = generateToken();
  const hash = hashToken(token);
  const { date, server, session } = call;
  await tx.tokens.removeUnused(uuid, Math.max(0, Math.floor(date - server.settings.tokenIdleSeconds)));
  const id = await tx.tokens.add({ hash, user: uuid, client: session.client, date });
  const reply = await openSession(call, tx, uuid, { method: "password", token: { id, hash } });
  return { ...reply, token };
}
