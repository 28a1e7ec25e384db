import * as v from "valibot";
import { Permissions } from "./permissions.ts";

/** What a sender writes for a table of fields. */
export type FieldsIn<Entries extends v.ObjectEntries> = v.InferInput<v.ObjectSchema<Entries, undefined>>;
/** A table of fields after validation. */
export type FieldsOut<Entries extends v.ObjectEntries> = v.InferOutput<v.ObjectSchema<Entries, undefined>>;

/** An identifier from a request: negative ones are well-formed and simply not found. */
export const uuid = v.pipe(v.number(), v.safeInteger());
/** An integer of 32 bits with sign: a port or colour. */
export const int32 = v.pipe(v.number(), v.integer(), v.minValue(-2_147_483_648), v.maxValue(2_147_483_647));
/** A count of at most 32 bits. */
export const uint32 = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(4_294_967_295));
/** A non-negative integer that a JavaScript number holds exactly. */
export const unsigned = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
/** Unix time in whole seconds. */
export const date = v.pipe(v.number(), v.safeInteger());

/** A field that may be absent or null in a request, which both mean "not given". */
export const optionalOrNull = <Schema extends v.GenericSchema>(schema: Schema) =>
  v.nullish(schema, () => undefined);

/** A field that is null where there is nothing to say; a sender may leave it out. */
export const nullIfAbsent = <Schema extends v.GenericSchema>(schema: Schema) => v.nullish(schema, null);

/** Bytes of a permission set, read into {@link Permissions}. */
export const permissions = v.pipe(
  v.array(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(255))),
  v.rawTransform(({ dataset, addIssue, NEVER }) => {
    try {
      return Permissions.fromBytes(dataset.value);
    } catch (error) {
      addIssue({ message: error instanceof Error ? error.message : "illegal value", expected: "0, 1 or 2" });
      return NEVER;
    }
  }),
);

/** Overrides of one channel by entity: `user:<uuid>` or `group:<uuid>`. */
export const overrides = v.pipe(
  v.custom<object>((input) => typeof input === "object" && input !== null && !Array.isArray(input)),
  v.record(v.pipe(v.string(), v.regex(/^(?:user|group):(?:0|[1-9]\d{0,15})$/)), permissions),
);
