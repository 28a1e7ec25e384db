/**
 * Validators that are functions, a tenth of the size of a schema library: for the chat protocol and for clients in
 * browsers. A schema returns the validated value, with defaults filled in and unknown keys dropped.
 */

import { isRecord } from "./is-record.ts";

/** Description of an invalid field. The value is not included, because it may be a secret. */
export class Mismatch {
  /** Path of the field, such as `data.0.name`; empty for the value itself. */
  field = "";
  /** The expected value, in words. */
  readonly expected: string;

  constructor(expected: string) {
    this.expected = expected;
  }

  /** Adds the key under which the invalid value was found to the front of the path. */
  within(key: string | number): this {
    this.field = this.field === "" ? String(key) : `${key}.${this.field}`;
    return this;
  }
}

/** Validates a value: returns it as `Output`, or what is wrong with it. Never throws. */
export interface Schema<Output, Input = Output> {
  (value: unknown): Output | Mismatch;
  /** The types, for inference only; absent at run time. */
  readonly types?: { readonly input: Input; readonly output: Output };
}

/** Schema of any type. */
export type AnySchema = Schema<unknown, unknown>;
/** Schemas of the fields of an object. */
export type Fields = Readonly<Record<string, AnySchema>>;
/** Type of a value after validation. */
export type OutputOf<S extends AnySchema> = NonNullable<S["types"]>["output"];
/** Type of a value as its sender passes it: fields with defaults are optional. */
export type InputOf<S extends AnySchema> = NonNullable<S["types"]>["input"];

type Flat<Type> = { [Key in keyof Type]: Type[Key] } & {};
/** Makes the keys optional whose type includes undefined, `unknown` excepted: such a key must be present. */
type OptionalKeys<Type> = Flat<
  {
    [Key in keyof Type as IsOptional<Type[Key]> extends true ? Key : never]?: Type[Key];
  } & {
    [Key in keyof Type as IsOptional<Type[Key]> extends true ? never : Key]: Type[Key];
  }
>;
type IsOptional<Type> = unknown extends Type ? false : undefined extends Type ? true : false;

/** Type of an object with these fields after validation. */
export type FieldsOut<Entries extends Fields> = OptionalKeys<{
  -readonly [Key in keyof Entries]: OutputOf<Entries[Key]>;
}>;
/** Type of an object with these fields as its sender passes it. */
export type FieldsIn<Entries extends Fields> = OptionalKeys<{
  -readonly [Key in keyof Entries]: InputOf<Entries[Key]>;
}>;

/** Schema of the values that a function accepts; `expected` describes them. */
export const matching =
  <Value>(expected: string, accepts: (value: unknown) => boolean): Schema<Value> =>
  (value) =>
    accepts(value) ? (value as Value) : new Mismatch(expected);

/** Any value but undefined, which stands for an absent field. */
export const unknown = matching<unknown>("a value", (value) => value !== undefined);
/** String of any length. */
export const string = matching<string>("string", (value) => typeof value === "string");
/** `true` or `false`. */
export const boolean = matching<boolean>("boolean", (value) => typeof value === "boolean");

/** Finite number. */
export const number = matching<number>("finite number", Number.isFinite);

/** String with a number of UTF-16 code units within a range. */
export const stringOf = (minLength: number, maxLength: number): Schema<string> =>
  matching(
    `string of ${minLength} to ${maxLength} characters`,
    (value) => typeof value === "string" && value.length >= minLength && value.length <= maxLength,
  );

/** Number within a range. */
export const numberOf = (minimum: number, maximum: number): Schema<number> =>
  matching(
    `number from ${minimum} to ${maximum}`,
    (value) => typeof value === "number" && value >= minimum && value <= maximum,
  );

/** Integer within a range; by default any that a number represents exactly. */
export const integer = (
  minimum = Number.MIN_SAFE_INTEGER,
  maximum = Number.MAX_SAFE_INTEGER,
): Schema<number> =>
  matching(
    `integer from ${minimum} to ${maximum}`,
    (value) => Number.isInteger(value) && (value as number) >= minimum && (value as number) <= maximum,
  );

/** One of several strings or numbers. */
export const oneOf = <const Values extends readonly (string | number)[]>(
  ...values: Values
): Schema<Values[number]> => matching(values.join(" or "), (value) => values.some((each) => each === value));

/** Value that may be absent; then it is undefined, or the default that a function returns. */
export const optional =
  <S extends AnySchema, Default = undefined>(
    schema: S,
    makeDefault?: () => Default,
  ): Schema<OutputOf<S> | NoInfer<Default>, InputOf<S> | undefined> =>
  (value) =>
    value === undefined ? (makeDefault?.() as Default) : schema(value);

/** Value or null. */
export const nullable =
  <S extends AnySchema>(schema: S): Schema<OutputOf<S> | null, InputOf<S> | null> =>
  (value) =>
    value === null ? null : schema(value);

/** Array of values of one type. */
export const array =
  <S extends AnySchema>(item: S, maxLength = Number.POSITIVE_INFINITY): Schema<OutputOf<S>[], InputOf<S>[]> =>
  (value) => {
    if (!Array.isArray(value)) return new Mismatch("Array");
    if (value.length > maxLength) return new Mismatch(`at most ${maxLength} elements`);
    const result: OutputOf<S>[] = [];
    for (let index = 0; index < value.length; index++) {
      const checked = item(value[index]);
      if (checked instanceof Mismatch) return checked.within(index);
      result.push(checked);
    }
    return result;
  };

/** Validates keys of a value into a result. Absent keys stay absent unless they have a default. */
function validateKeys<Result extends object>(
  schemas: readonly (readonly [key: string, schema: AnySchema])[],
  value: object,
  result: Result,
): Result | Mismatch {
  const source = value as Readonly<Record<string, unknown>>;
  const target = result as Record<string, unknown>;
  for (const [key, schema] of schemas) {
    const checked = schema(source[key]);
    if (checked instanceof Mismatch) return checked.within(key);
    if (checked !== undefined) target[key] = checked;
  }
  return result;
}

/** Object with the given fields; an array is none, and other keys are dropped. */
export const object = <const Entries extends Fields>(
  fields: Entries,
): Schema<FieldsOut<Entries>, FieldsIn<Entries>> => {
  const schemas = Object.entries(fields);
  return (value) =>
    isRecord(value) ? validateKeys(schemas, value, {} as FieldsOut<Entries>) : new Mismatch("Object");
};

/** Array with one type for each position; further elements are dropped. */
export const tuple = <const Items extends readonly AnySchema[]>(
  ...items: Items
): Schema<
  { -readonly [Index in keyof Items]: OutputOf<Items[Index]> },
  { -readonly [Index in keyof Items]: InputOf<Items[Index]> }
> => {
  const schemas = Object.entries(items);
  return (value) =>
    Array.isArray(value)
      ? validateKeys(schemas, value, [] as { -readonly [Index in keyof Items]: OutputOf<Items[Index]> })
      : new Mismatch("Array");
};

/** Object with any keys that match a pattern, and values of one type. The key `__proto__` is dropped. */
export const record =
  <S extends AnySchema>(
    item: S,
    keyPattern = /(?:)/,
  ): Schema<Record<string, OutputOf<S>>, Record<string, InputOf<S>>> =>
  (value) => {
    if (!isRecord(value)) return new Mismatch("Object");
    const keys = Object.keys(value).filter((key) => key !== "__proto__");
    const invalid = keys.find((key) => !keyPattern.test(key));
    if (invalid !== undefined) return new Mismatch(`a key like ${keyPattern}`).within(invalid);
    return validateKeys(
      keys.map((key) => [key, item]),
      value,
      {} as Record<string, OutputOf<S>>,
    );
  };

/** Value of a schema, converted by a function. */
export const transform =
  <S extends AnySchema, Output>(
    schema: S,
    convert: (value: OutputOf<S>) => Output,
  ): Schema<Output, InputOf<S>> =>
  (value) => {
    const checked = schema(value);
    return checked instanceof Mismatch ? checked : convert(checked);
  };

/** Value of a schema, or another value in place of an invalid one. */
export const fallback =
  <S extends AnySchema>(schema: S, substitute: OutputOf<S>): Schema<OutputOf<S>, unknown> =>
  (value) => {
    const checked = schema(value);
    return checked instanceof Mismatch ? substitute : checked;
  };
