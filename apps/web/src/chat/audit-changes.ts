import type { AuditEntry } from "@asterite/aster";
import { isRecord } from "@asterite/util";

/** A value that an entry of the audit log shows as changed. */
export interface AuditChange {
  /** Path of the value, such as `permissions › ban_users`. */
  readonly name: string;
  /** Text of the value before; undefined if there was none. */
  readonly before: string | undefined;
  readonly after: string | undefined;
}

const toText = (value: unknown): string | undefined =>
  value === undefined ? undefined : typeof value === "string" ? value : JSON.stringify(value);

/** Returns the changed values of an entry, with those of nested objects on their own. */
export function changesOf({ before, after }: Pick<AuditEntry, "before" | "after">): AuditChange[] {
  const names = [...new Set([...Object.keys(before ?? {}), ...Object.keys(after ?? {})])];
  return names.flatMap((name) => {
    const [old, current] = [before?.[name], after?.[name]];
    if (!(isRecord(old) || isRecord(current))) {
      return [{ name, before: toText(old), after: toText(current) }];
    }
    const inner = changesOf({
      before: isRecord(old) ? old : undefined,
      after: isRecord(current) ? current : undefined,
    });
    return inner.map((change) => ({ ...change, name: `${name} › ${change.name}` }));
  });
}
