import { parseRequest, Status } from "@asterite/aster-protocol";
import { expect } from "vitest";
import type { Store } from "../../store/store.ts";
import { Executor, isExclusive } from "../execute.ts";
import type { Session } from "../handler.ts";
import { type Fixture, type Snapshot, takeSnapshot } from "./fixture.test-support.ts";

class RolledBack extends Error {}

/** Outcome of a request. */
interface Run {
  readonly status: Status;
  /** State after the request, inside its transaction; undefined if it was not read. */
  readonly after: Snapshot | undefined;
}

/**
 * Runs a request of the actor and rolls its transaction back. Reads the state after a success, and after a
 * refusal if `readsRefused`.
 */
export async function runRequest(fixture: Fixture, text: string, readsRefused: boolean): Promise<Run> {
  const { context, actor } = fixture;
  const session: Session = {
    id: 1,
    user: actor,
    network: "test",
    extensions: new Set(["admin", "state"]),
    client: "test",
    origin: { method: "password" },
    hasSentHello: true,
    isForeignPage: false,
    isCut: false,
    isClosed: false,
    logIn: () => {},
    endSession: () => {},
    applyHello: () => {},
    replyToOnline: () => context.hub.presence.fullReply(),
  };
  let status: Status | undefined;
  let after: Snapshot | undefined;
  const store: Store = {
    read: context.store.read,
    longQueries: context.store.longQueries,
    withSavepoint: (part) => context.store.withSavepoint(part),
    backUp: (file) => context.store.backUp(file),
    close: () => Promise.resolve(),
    transact: async (unit) => {
      const results: unknown[] = [];
      const rolledBack = context.store.transact({
        run: async (tx) => {
          const result = await unit.run(tx);
          results.push(result);
          const { status } = result as { readonly status?: Status };
          if (readsRefused || status === Status.Ok) after = await takeSnapshot(tx, fixture);
          throw new RolledBack();
        },
        onCommit: () => {},
      });
      await expect(rolledBack).rejects.toBeInstanceOf(RolledBack);
      unit.onCommit(results[0] as never);
    },
  };
  const executor = new Executor(session, context, store);
  const parsed = parseRequest(text);
  if (!parsed.ok) throw new Error(`malformed: ${parsed.malformed.description}`);
  if (isExclusive(parsed)) {
    await executor.runExclusive(parsed.request, (outcome) => {
      status = outcome.status;
    });
  } else {
    await store.transact({
      run: (tx) => executor.runShared(parsed, tx),
      onCommit: (outcome) => {
        status = outcome.status;
      },
    });
  }
  if (status === undefined) throw new Error("no outcome");
  return { status, after };
}
