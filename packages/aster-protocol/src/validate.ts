import * as v from "valibot";

/** The outcome of a check: the value in its type, or which field is wrong and what was expected there. */
export type Checked<Value> =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly field: string; readonly expected: string };

const firstIssueOnly = { abortEarly: true } as const;

/**
 * Checks a value against a schema. What was received is never part of the outcome, because it may be a
 * password and the outcome is logged.
 */
export function check<Schema extends v.GenericSchema>(
  schema: Schema,
  value: unknown,
): Checked<v.InferOutput<Schema>> {
  const result = v.safeParse(schema, value, firstIssueOnly);
  if (result.success) return { ok: true, value: result.output };
  const [issue] = result.issues;
  return { ok: false, field: v.getDotPath(issue) ?? "", expected: issue.expected ?? "another value" };
}

/** Makes one object schema for each definition in a table, when it is first needed. */
export function schemasOf<Name extends string>(
  entriesOf: (name: Name) => v.ObjectEntries,
): (name: Name) => v.ObjectSchema<v.ObjectEntries, undefined> {
  const made = new Map<Name, v.ObjectSchema<v.ObjectEntries, undefined>>();
  return (name) => {
    let schema = made.get(name);
    if (!schema) {
      schema = v.object(entriesOf(name));
      made.set(name, schema);
    }
    return schema;
  };
}
