import { type AnySchema, Mismatch, type OutputOf } from "@asterite/util/schema";

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

/** Checks a value against a schema. Never throws. */
export function check<S extends AnySchema>(schema: S, value: unknown): Checked<OutputOf<S>> {
  try {
    const checked = schema(value);
    return checked instanceof Mismatch
      ? { ok: false, field: checked.field, expected: checked.expected }
      : { ok: true, value: checked };
  } catch (error) {
    // The protocol does not limit the nesting of causes, so a hostile peer can exhaust the stack.
    if (error instanceof RangeError) return { ok: false, field: "", expected: "less deep nesting" };
    throw error;
  }
}
