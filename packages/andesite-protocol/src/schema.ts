import * as v from "valibot";
import { parseSnowflake } from "./snowflake.ts";

/** What a sender writes for a table of fields. */
export type FieldsIn<Entries extends v.ObjectEntries> = v.InferInput<v.ObjectSchema<Entries, undefined>>;
/** A table of fields after validation. */
export type FieldsOut<Entries extends v.ObjectEntries> = v.InferOutput<v.ObjectSchema<Entries, undefined>>;

// Nodes differ in which keys they send, so reading is tolerant: an unknown key is dropped, and one that is
// missing or null becomes null, an empty list, or a neutral value.

/** Null where the key is missing. */
export const orNull = <Schema extends v.GenericSchema>(schema: Schema) => v.nullish(schema, null);
/** Undefined where the key is missing or null, which both mean "not given". */
export const maybe = <Schema extends v.GenericSchema>(schema: Schema) => v.nullish(schema, () => undefined);

/** A number; JSON can spell infinities (`1e999`), which nothing here can be. */
export const finite = v.pipe(v.number(), v.finite());
export const text = v.nullish(v.string(), "");
export const count = v.nullish(finite, 0);
export const flag = v.nullish(v.boolean(), false);
export const list = <Schema extends v.GenericSchema>(item: Schema) => v.nullish(v.array(item), () => []);
export const texts = list(v.string());

const isJsonObject = (value: unknown): boolean =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** A JSON object: no array, no null. */
export const jsonObject = v.custom<Record<string, unknown>>(isJsonObject);

// The return types are written out, because those that would be inferred repeat every entry several times at
// each level, which makes half a megabyte of declarations.

/** An object with certain keys; unlike `v.object` it refuses arrays. */
export const object = <const Entries extends v.ObjectEntries>(
  entries: Entries,
): v.GenericSchema<FieldsIn<Entries>, FieldsOut<Entries>> => {
  const schema = v.object(entries);
  return v.pipe(v.custom<FieldsIn<Entries>>(isJsonObject), schema);
};

/** An object all of whose keys may be missing, and which may be missing itself. */
export const lenient = <const Entries extends v.ObjectEntries>(
  entries: Entries,
): v.GenericSchema<unknown, FieldsOut<Entries>> =>
  // The default is checked like a value that was received, which completes it.
  v.nullish(object(entries), () => ({}) as FieldsIn<Entries>) as v.GenericSchema<unknown, FieldsOut<Entries>>;

/** A JSON object with any keys, each checked by a schema; the special key `__proto__` is dropped. */
export const recordOf = <Schema extends v.GenericSchema>(schema: Schema) =>
  v.pipe(jsonObject, v.record(v.string(), schema));

const decimal = /^[+-]?\d{1,18}$/;

/** Milliseconds as a number, or as a decimal string as the Java node also sends and takes them. */
export const milliseconds = v.pipe(
  v.union([finite, v.pipe(v.string(), v.regex(decimal))]),
  v.transform((value) => Math.trunc(Number(value))),
);

/** Milliseconds where values beyond 2^53, which stand for "unknown", become null. */
export const knownMilliseconds = v.pipe(
  orNull(v.number()),
  v.transform((value) => (value !== null && Number.isSafeInteger(Math.trunc(value)) ? value : null)),
);

/** A snowflake as it is received, in canonical form. */
export const snowflake = v.pipe(
  v.string(),
  v.rawTransform(({ dataset, addIssue, NEVER }) => {
    const canonical = parseSnowflake(dataset.value);
    if (canonical !== null) return canonical;
    addIssue({ message: "not a snowflake", expected: "an unsigned 64-bit decimal" });
    return NEVER;
  }),
);

/** Player volume in percent as the node reads it: fractions cut off, clamped to 0…1000, strings accepted. */
export const percent = v.pipe(
  milliseconds,
  v.transform((value) => Math.min(1_000, Math.max(0, value))),
);
