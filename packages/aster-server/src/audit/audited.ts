import { type CommandDefinition, commands, isCommandName } from "@asterite/aster-protocol";
import type { CallContext } from "../commands/handler.ts";
import { Refusal } from "../commands/refusals.ts";
import type { AuditDetails } from "../store/audit-store.ts";
import type { StoreAccess } from "../store/store.ts";
import { type AuditTarget, describeTarget, differences, targetText } from "./audit-target.ts";

/** Action to record, and its author. */
interface AuditedAction<Result> {
  readonly action: string;
  /** The account that acts; undefined for one that the action creates. */
  readonly actor: number | undefined;
  /** Network address of the client; undefined for the operator. */
  readonly address?: string;
  /** Returns the changed object: before the action without a result, and after it with one. */
  readonly target: (result?: Result) => AuditTarget | undefined;
  /** Returns whether the action is not recorded. */
  readonly skips?: (before: AuditDetails | undefined) => boolean;
}

/** Returns whether an action needs no right: accounts can do it to themselves. */
function needsNoRight(action: string): boolean {
  const definition: CommandDefinition | undefined = isCommandName(action) ? commands[action] : undefined;
  return definition !== undefined && definition.permission === undefined;
}

/**
 * Runs an action and records in the same transaction what it changes. A refusal is not recorded here, because
 * the writes of a refused action are rolled back.
 */
export async function audited<Result extends object>(
  call: Pick<CallContext, "server" | "date" | "afterCommit">,
  tx: StoreAccess,
  { action, actor, address, target, skips }: AuditedAction<Result>,
  run: () => Promise<Result> | Result,
): Promise<Result> {
  const before = await describeTarget(tx, target());
  const result = await run();
  if (result instanceof Refusal || skips?.(before)) return result;
  const changed = target(result);
  const after = await describeTarget(tx, changed);
  const isOwn =
    changed?.type === "user" && (actor === undefined || changed.id === actor) && needsNoRight(action);
  const entry = {
    date: call.date,
    actor: actor ?? changed?.id,
    action,
    address,
    target: changed && targetText(changed),
    result: "ok",
    before: differences(before, after),
    after: differences(after, before),
    isAdministrative: !isOwn,
  };
  // Logins and the like, which change nothing that is shown.
  const isMerged = isOwn && entry.before === undefined && entry.after === undefined;
  await (isMerged ? tx.audit.merge(entry) : tx.audit.add(entry));
  call.afterCommit(() => call.server.audit.countAdded());
  return result;
}
