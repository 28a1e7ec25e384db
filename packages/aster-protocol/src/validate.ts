import {
  type AnySchema,
  type Fields,
  Mismatch,
  type OutputOf,
  object,
  type Schema,
} from "@asterite/util/schema";

/** Result of a validation: the typed value, or the name of the invalid field and the expected value. */
export type Checked<Value> =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly field: string; readonly expected: string };

/**
 * Validates a value against a schema. A failure never contains the value, because failures are logged and the
 * value may be a password.
 */
export function check<S extends AnySchema>(schema: S, value: unknown): Checked<OutputOf<S>> {
  const checked = schema(value);
  return checked instanceof Mismatch
    ? { ok: false, field: checked.field, expected: checked.expected }
    : { ok: true, value: checked };
}

/** Returns a lookup of object schemas by name. Each schema is created on first use. */
export function schemasOf<Name extends string>(
  fieldsOf: (name: Name) => Fields,
): (name: Name) => Schema<Readonly<Record<string, unknown>>> {
  const schemas = new Map<Name, Schema<Readonly<Record<string, unknown>>>>();
  return (name) => {
    let schema = schemas.get(name);
    if (!schema) {
      schema = object(fieldsOf(name));
      schemas.set(name, schema);
    }
    return schema;
  };
}
