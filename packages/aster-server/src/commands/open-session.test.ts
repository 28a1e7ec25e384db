import { expect, it } from "vitest";
import { LocalHub } from "../hub/hub.ts";
import type { StoreAccess } from "../store/store.ts";
import type { ServerContext, Session } from "./handler.ts";
import { openSession } from "./open-session.ts";
import { RunningCall } from "./running-call.ts";

/** Begins a login of account 7, lets something happen, commits, and returns what became of the session. */
async function logInDuring(happens: (hub: LocalHub) => void): Promise<string[]> {
  const hub = new LocalHub(() => ({ canRead: () => true }));
  const results: string[] = [];
  const session: Partial<Session> = {
    extensions: new Set(),
    logIn: (user) => results.push(`logged in as ${user}`),
    endSession: () => results.push("ended"),
  };
  const server = { hub, now: () => 0 } as Partial<ServerContext> as ServerContext;
  const call = new RunningCall({ command: "login", fields: {} } as never, session as Session, server);
  await openSession(call as never, {} as StoreAccess, 7, {
    method: "token",
    token: { id: 3, hash: new Uint8Array() },
  });
  happens(hub);
  for (const effect of call.effects) effect();
  return results;
}

it("opens no session of an account that was banned, or by a token that was revoked, while it logged in", async () => {
  expect(await logInDuring((hub) => hub.disconnectUser(7, "banned"))).toEqual(["ended"]);
  expect(await logInDuring((hub) => hub.disconnectToken(3, "revoked"))).toEqual(["ended"]);
  expect(await logInDuring((hub) => hub.disconnectUser(8, "banned"))).toEqual(["logged in as 7"]);
});
