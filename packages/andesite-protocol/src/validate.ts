import * as v from "valibot";

/** Which field is wrong and what was expected there; what was received is left out, it may be a secret. */
export interface Problem {
  /** Path of the field, such as `state.volume`; empty for the value itself. */
  readonly field: string;
  /** What should stand there. */
  readonly expected: string;
}

/** The outcome of a check: the value in its type, or what is wrong with it. */
export type Checked<Value> =
  | { readonly ok: true; readonly value: Value }
  | ({ readonly ok: false } & Problem);

const firstIssueOnly = { abortEarly: true } as const;

/** Checks a value against a schema. Never throws, however the value is built. */
export function check<Schema extends v.GenericSchema>(
  schema: Schema,
  value: unknown,
): Checked<v.InferOutput<Schema>> {
  try {
    const result = v.safeParse(schema, value, firstIssueOnly);
    if (result.success) return { ok: true, value: result.output };
    const [issue] = result.issues;
    // The only custom check is the one for objects, of which valibot would say "unknown".
    const expected = issue.type === "custom" ? "Object" : (issue.expected ?? "another value");
    return { ok: false, field: v.getDotPath(issue) ?? "", expected };
  } catch (error) {
    // Causes nest without a limit of the protocol, so a hostile peer can exhaust the stack.
    if (error instanceof RangeError) return { ok: false, field: "", expected: "less deep nesting" };
    throw error;
  }
}
