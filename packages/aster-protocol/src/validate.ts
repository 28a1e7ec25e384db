import * as v from "valibot";

/** Result of a validation: the typed value, or the name of the invalid field and the expected value. */
export type Checked<Value> =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly field: string; readonly expected: string };

const firstIssueOnly = { abortEarly: true } as const;

/**
 * Validates a value against a schema. A failure never contains the value, because failures are logged and the
 * value may be a password.
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

/** Returns a lookup of object schemas by name. Each schema is created on first use. */
export function schemasOf<Name extends string>(
  entriesOf: (name: Name) => v.ObjectEntries,
): (name: Name) => v.ObjectSchema<v.ObjectEntries, undefined> {
  const schemas = new Map<Name, v.ObjectSchema<v.ObjectEntries, undefined>>();
  return (name) => {
    let schema = schemas.get(name);
    if (!schema) {
      schema = v.object(entriesOf(name));
      schemas.set(name, schema);
    }
    return schema;
  };
}
