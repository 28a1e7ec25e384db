import {
  type CommandName,
  commands,
  type PermissionName,
  permissionNames,
  Status,
} from "@asterite/aster-protocol";
import { expect } from "vitest";
import { commit, createFixture, setLacking, takeSnapshot } from "./fixture.test-support.ts";
import { requestsOf } from "./requests.test-support.ts";
import { runRequest } from "./run-request.test-support.ts";
import { findViolations } from "./violations.test-support.ts";

/** Commands that a logged-in user may send; passwords are slow and change nothing that is checked here. */
const tested = (Object.keys(commands) as CommandName[]).filter(
  (name) => commands[name].state === "in" && name !== "change_password",
);

/** Share of the refused requests after which the whole state is compared. */
const refusalsCompared = 10;

/**
 * Runs every `step`-th request of the permission table: each command, for an actor who has all permissions or
 * lacks one, on targets of a higher, equal and lower rank. Returns the commands that never succeeded.
 */
export async function runPermissionTable(database: string, step: number): Promise<CommandName[]> {
  const fixture = await createFixture(database);
  const succeeded = new Set<CommandName>();
  let index = 0;
  for (const lacking of [undefined, ...permissionNames]) {
    await setLacking(fixture, lacking);
    const before = await commit(fixture.context.store, (tx) => takeSnapshot(tx, fixture));
    for (const command of tested) {
      const { permission } = commands[command] as { readonly permission?: PermissionName };
      for (const fields of requestsOf(fixture, command, lacking)) {
        if (index++ % step !== 0) continue;
        const text = JSON.stringify(fields);
        const { status, after } = await runRequest(fixture, text, index % refusalsCompared === 0);
        expect(status, text).not.toBe(Status.Internal);
        if (permission !== undefined && permission === lacking) expect(status, text).toBe(Status.Forbidden);
        if (status !== Status.Ok) {
          if (after) expect(after, text).toEqual(before);
          continue;
        }
        succeeded.add(command);
        if (!after) throw new Error("no state");
        expect(findViolations(fixture, before, after, fields), `without ${lacking}: ${text}`).toEqual([]);
      }
    }
  }
  return tested.filter((command) => !succeeded.has(command));
}
