import { isRecord } from "@asterite/util";
import * as v from "@asterite/util/schema";
import { parseSnowflake } from "./snowflake.ts";

/** JSON Schema, draft 2020-12. */
export type JsonSchema = { readonly [keyword: string]: unknown };

/** Schema that describes what it accepts, for generating documentation. */
export interface Described<Output, Input = Output> extends v.Schema<Output, Input> {
  /** Accepted values, before they are converted. */
  readonly json: JsonSchema;
}

type AnyDescribed = Described<unknown, unknown>;
/** Schemas of the fields of an object. */
export type Fields = Readonly<Record<string, AnyDescribed>>;

/** Adds a description to a schema. */
export const described = <Output, Input>(
  schema: v.Schema<Output, Input>,
  json: JsonSchema,
): Described<Output, Input> => Object.assign((value: unknown) => schema(value), { json });

// Nodes differ in which keys they send, so the schemas are tolerant: unknown keys are dropped, and missing
// keys and null become null, an empty list, or a neutral value.

/** Value, or a default that stands for a missing key and null. */
export const orDefault = <S extends AnyDescribed, Default>(
  schema: S,
  makeDefault: () => Default,
): Described<v.OutputOf<S> | Default, v.InputOf<S> | null | undefined> =>
  described<v.OutputOf<S> | Default, v.InputOf<S> | null | undefined>(
    (value) => (value === undefined || value === null ? makeDefault() : schema(value)),
    { anyOf: [schema.json, { type: "null" }], default: makeDefault() },
  );

/** Value or null; a missing key becomes null. */
export const orNull = <S extends AnyDescribed>(schema: S) => orDefault(schema, () => null);
/** Value or undefined; a missing key and null become undefined. */
export const maybe = <S extends AnyDescribed>(schema: S) => orDefault(schema, () => undefined);

// Shared by all tables.
export const string = described(v.string, { type: "string" });
export const boolean = described(v.boolean, { type: "boolean" });
/** Finite number; JSON can express infinities (`1e999`). */
export const finite = described(v.number, { type: "number" });
export const integer = described(v.integer(), { type: "integer" });
export const nullableString = orNull(string);
export const optionalString = maybe(string);
export const nullableNumber = orNull(finite);
export const text = orDefault(string, () => "");
export const count = orDefault(finite, () => 0);
export const flag = orDefault(boolean, () => false);

/** Array of values of one type. */
export const array = <S extends AnyDescribed>(item: S): Described<v.OutputOf<S>[], v.InputOf<S>[]> =>
  described(v.array(item), { type: "array", items: item.json });
/** Array; a missing key and null become an empty one. */
export const list = <S extends AnyDescribed>(item: S) => orDefault(array(item), (): v.OutputOf<S>[] => []);
export const texts = list(string);

/** JSON object, neither an array nor null. */
export const jsonObject = described(v.matching<Record<string, unknown>>("Object", isRecord), {
  type: "object",
});

// Explicit return types, because the inferred ones repeat every entry several times per level, which makes
// half a megabyte of declarations.

/** Object with the given keys. */
export const object = <const Entries extends Fields>(
  fields: Entries,
): Described<v.FieldsOut<Entries>, v.FieldsIn<Entries>> => {
  const entries = Object.entries(fields);
  return described(v.object(fields), {
    type: "object",
    properties: Object.fromEntries(entries.map(([key, { json }]) => [key, json])),
    required: entries.filter(([, schema]) => schema(undefined) instanceof v.Mismatch).map(([key]) => key),
  });
};

/** Object that may be missing, with optional keys. */
export const lenient = <const Entries extends Fields>(
  fields: Entries,
): Described<v.FieldsOut<Entries>, v.FieldsIn<Entries> | null | undefined> => {
  const schema = object(fields);
  // The default is read like a received value, which fills in the defaults of the keys.
  return orDefault(schema, () => schema({}) as v.FieldsOut<Entries>);
};

/** JSON object with arbitrary keys, whose values match a schema; the key `__proto__` is dropped. */
export const recordOf = <S extends AnyDescribed>(
  schema: S,
): Described<Record<string, v.OutputOf<S>>, Record<string, v.InputOf<S>>> =>
  described(v.record(schema), { type: "object", additionalProperties: schema.json });

/** Value of one of two schemas; the first takes precedence. */
export const either = <One extends AnyDescribed, Other extends AnyDescribed>(
  one: One,
  other: Other,
): Described<v.OutputOf<One> | v.OutputOf<Other>, v.InputOf<One> | v.InputOf<Other>> =>
  described<v.OutputOf<One> | v.OutputOf<Other>, v.InputOf<One> | v.InputOf<Other>>(
    (value) => {
      const checked = one(value);
      return checked instanceof v.Mismatch ? other(value) : checked;
    },
    { anyOf: [one.json, other.json] },
  );

/** Value of a schema, converted by a function. */
export const converted = <S extends AnyDescribed, Output>(
  schema: S,
  convert: (value: v.OutputOf<S>) => Output,
): Described<Output, v.InputOf<S>> => described(v.transform(schema, convert), schema.json);

const decimal = /^[+-]?\d{1,18}$/;

/** Milliseconds as a number, or as a decimal string, which the Java node also sends and accepts. */
export const milliseconds = converted(
  either(
    finite,
    described(
      v.matching<string>("decimal", (value) => typeof value === "string" && decimal.test(value)),
      { type: "string", pattern: decimal.source },
    ),
  ),
  (value) => Math.trunc(Number(value)),
);

/** Milliseconds; values above 2^53, which mean "unknown", become null. */
export const knownMilliseconds = converted(
  orNull(
    described(
      v.matching<number>("number", (value) => typeof value === "number"),
      { type: "number" },
    ),
  ),
  (value) => (value !== null && Number.isSafeInteger(Math.trunc(value)) ? value : null),
);

/** Snowflake, converted to canonical form. */
export const snowflake = described<string, string>(
  (value) =>
    (typeof value === "string" ? parseSnowflake(value) : null) ??
    new v.Mismatch("an unsigned 64-bit decimal"),
  { type: "string" },
);

/** Player volume in percent as the node reads it: truncated, clamped to 0…1000; strings are accepted. */
export const percent = converted(milliseconds, (value) => Math.min(1_000, Math.max(0, value)));
