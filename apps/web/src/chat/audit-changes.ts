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

/** Texts for the parts of a change. */
export interface AuditTexts {
  /** Returns the text for the name of a field, such as `banned` or `user:5`. */
  name(field: string): string;
  /** Returns the text for a value of a field. */
  value(field: string, value: unknown): string;
}

/** Returns the changed values of an entry, with those of nested objects on their own. */
export function changesOf(
  { before, after }: Pick<AuditEntry, "before" | "after">,
  texts: AuditTexts,
): AuditChange[] {
  const fields = [...new Set([...Object.keys(before ?? {}), ...Object.keys(after ?? {})])];
  const textOf = (field: string, value: unknown): string | undefined =>
    value === undefined ? undefined : texts.value(field, value);
  return fields.flatMap((field) => {
    const [old, current] = [before?.[field], after?.[field]];
    const name = texts.name(field);
    if (!(isRecord(old) || isRecord(current))) {
      return [{ name, before: textOf(field, old), after: textOf(field, current) }];
    }
    const inner = changesOf(
      { before: isRecord(old) ? old : undefined, after: isRecord(current) ? current : undefined },
      texts,
    );
    return inner.map((change) => ({ ...change, name: `${name} › ${change.name}` }));
  });
}
