import * as v from "valibot";

/** A malformed field. The received value is not included, because it may be a secret. */
export interface Problem {
  /** Path of the field, such as `state.volume`; empty for the value itself. */
  readonly field: string;
  /** Description of the expected value. */
  readonly expected: string;
}

/** Result of a check: the typed value, or the problem. */
export type Checked<Value> =
  | { readonly ok: true; readonly value: Value }
  | ({ readonly ok: false } & Problem);

const firstIssueOnly = { abortEarly: true } as const;

/** Checks a value against a schema. Never throws. */
export function check<Schema extends v.GenericSchema>(
  schema: Schema,
  value: unknown,
): Checked<v.InferOutput<Schema>> {
  try {
    const result = v.safeParse(schema, value, firstIssueOnly);
    if (result.success) return { ok: true, value: result.output };
    const [issue] = result.issues;
    // The only custom check is the one for objects, for which valibot would report "unknown".
    const expected = issue.type === "custom" ? "Object" : (issue.expected ?? "another value");
    return { ok: false, field: v.getDotPath(issue) ?? "", expected };
  } catch (error) {
    // The protocol does not limit the nesting of causes, so a hostile peer can exhaust the stack.
    if (error instanceof RangeError) return { ok: false, field: "", expected: "less deep nesting" };
    throw error;
  }
}
