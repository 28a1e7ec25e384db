import * as v from "valibot";
import { parseSnowflake } from "./snowflake.ts";

/** Input type of a table of fields, as a sender writes them. */
export type FieldsIn<Entries extends v.ObjectEntries> = v.InferInput<v.ObjectSchema<Entries, undefined>>;
/** Output type of a table of fields, after validation. */
export type FieldsOut<Entries extends v.ObjectEntries> = v.InferOutput<v.ObjectSchema<Entries, undefined>>;

// Nodes differ in which keys they send, so the schemas are tolerant: unknown keys are dropped, and missing
// keys and null become null, an empty list, or a neutral value.

/** Value or null; a missing key becomes null. */
export const orNull = <Schema extends v.GenericSchema>(schema: Schema) => v.nullish(schema, null);
/** Value or undefined; a missing key and null become undefined. */
export const maybe = <Schema extends v.GenericSchema>(schema: Schema) => v.nullish(schema, () => undefined);

/** Finite number; JSON can express infinities (`1e999`). */
export const finite = v.pipe(v.number(), v.finite());
// Shared by all tables.
export const string = v.string();
export const boolean = v.boolean();
export const nullableString = orNull(string);
export const optionalString = maybe(string);
export const nullableNumber = orNull(finite);
export const text = v.nullish(string, "");
export const count = v.nullish(finite, 0);
export const flag = v.nullish(boolean, false);
export const list = <Schema extends v.GenericSchema>(item: Schema) => v.nullish(v.array(item), () => []);
export const texts = list(string);

const isJsonObject = (value: unknown): boolean =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** JSON object, neither an array nor null. */
export const jsonObject = v.custom<Record<string, unknown>>(isJsonObject);

// Explicit return types, because the inferred ones repeat every entry several times per level, which makes
// half a megabyte of declarations.

/** Object with the given keys; unlike `v.object` it rejects arrays. */
export const object = <const Entries extends v.ObjectEntries>(
  entries: Entries,
): v.GenericSchema<FieldsIn<Entries>, FieldsOut<Entries>> => {
  const schema = v.object(entries);
  return v.pipe(v.custom<FieldsIn<Entries>>(isJsonObject), schema);
};

/** Object that may be missing, with optional keys. */
export const lenient = <const Entries extends v.ObjectEntries>(
  entries: Entries,
): v.GenericSchema<unknown, FieldsOut<Entries>> =>
  // The default is validated like a received value, which fills in the defaults of the keys.
  v.nullish(object(entries), () => ({}) as FieldsIn<Entries>) as v.GenericSchema<unknown, FieldsOut<Entries>>;

/** JSON object with arbitrary keys, whose values match a schema; the key `__proto__` is dropped. */
export const recordOf = <Schema extends v.GenericSchema>(schema: Schema) =>
  v.pipe(jsonObject, v.record(string, schema));

const decimal = /^[+-]?\d{1,18}$/;

/** Milliseconds as a number, or as a decimal string, which the Java node also sends and accepts. */
export const milliseconds = v.pipe(
  v.union([finite, v.pipe(string, v.regex(decimal))]),
  v.transform((value) => Math.trunc(Number(value))),
);

/** Milliseconds; values above 2^53, which mean "unknown", become null. */
export const knownMilliseconds = v.pipe(
  orNull(v.number()),
  v.transform((value) => (value !== null && Number.isSafeInteger(Math.trunc(value)) ? value : null)),
);

/** Snowflake, converted to canonical form. */
export const snowflake = v.pipe(
  string,
  v.rawTransform(({ dataset, addIssue, NEVER }) => {
    const canonical = parseSnowflake(dataset.value);
    if (canonical !== null) return canonical;
    addIssue({ message: "not a snowflake", expected: "an unsigned 64-bit decimal" });
    return NEVER;
  }),
);

/** Player volume in percent as the node reads it: truncated, clamped to 0…1000; strings are accepted. */
export const percent = v.pipe(
  milliseconds,
  v.transform((value) => Math.min(1_000, Math.max(0, value))),
);
