import { isRecord } from "@asterite/util";
import * as v from "valibot";
import { Permissions } from "./permissions.ts";

/** Fields of a schema table as the sender passes them. */
export type FieldsIn<Entries extends v.ObjectEntries> = v.InferInput<v.ObjectSchema<Entries, undefined>>;
/** Fields of a schema table after validation. */
export type FieldsOut<Entries extends v.ObjectEntries> = v.InferOutput<v.ObjectSchema<Entries, undefined>>;

/** A uuid. Negative numbers are valid, but no object has one. */
export const uuid = v.pipe(v.number(), v.safeInteger());
/** A signed 32-bit integer: a port or colour. */
export const int32 = v.pipe(v.number(), v.integer(), v.minValue(-2_147_483_648), v.maxValue(2_147_483_647));
/** An unsigned 32-bit integer: a count. */
export const uint32 = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(4_294_967_295));
/** A non-negative safe integer. */
export const unsigned = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
/** Unix time in seconds. */
export const date = v.pipe(v.number(), v.safeInteger());

/** An optional field of a request. Absent and null both become undefined. */
export const optionalOrNull = <Schema extends v.GenericSchema>(schema: Schema) =>
  v.nullish(schema, () => undefined);

/** A nullable field that a sender may leave out. Absent becomes null. */
export const nullIfAbsent = <Schema extends v.GenericSchema>(schema: Schema) => v.nullish(schema, null);

/** A permission set in the wire format, parsed into {@link Permissions}. */
export const permissions = v.pipe(
  v.array(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(255))),
  v.rawTransform(({ dataset, addIssue, NEVER }) => {
    try {
      return Permissions.fromBytes(dataset.value);
    } catch (error) {
      addIssue({ message: error instanceof Error ? error.message : "invalid value", expected: "0, 1 or 2" });
      return NEVER;
    }
  }),
);

/** Permission overrides of a channel, keyed by `user:<uuid>` or `group:<uuid>`. */
export const overrides = v.pipe(
  v.custom<object>(isRecord),
  v.record(v.pipe(v.string(), v.regex(/^(?:user|group):(?:0|[1-9]\d{0,15})$/)), permissions),
);
