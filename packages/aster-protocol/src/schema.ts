import * as v from "@asterite/util/schema";
import { Permissions } from "./permissions.ts";

/** A uuid. Negative numbers are valid, but no object has one. */
export const uuid = v.integer();
/** A signed 32-bit integer: a port or colour. */
export const int32 = v.integer(-2_147_483_648, 2_147_483_647);
/** A non-negative safe integer. */
export const unsigned = v.integer(0);
/** Unix time in seconds. */
export const date = v.integer();

/** An optional field of a request. Absent and null both become undefined. */
export const optionalOrNull =
  <S extends v.AnySchema>(schema: S): v.Schema<v.OutputOf<S> | undefined, v.InputOf<S> | null | undefined> =>
  (value) =>
    value === undefined || value === null ? undefined : schema(value);

/** A nullable field that a sender may leave out. Absent becomes null. */
export const nullIfAbsent =
  <S extends v.AnySchema>(schema: S): v.Schema<v.OutputOf<S> | null, v.InputOf<S> | null | undefined> =>
  (value) =>
    value === undefined || value === null ? null : schema(value);

/** A permission set in the wire format, parsed into {@link Permissions}. */
export const permissions: v.Schema<Permissions, number[]> = (value) => {
  const expected = "an array of bytes without the two-bit value 3";
  if (!Array.isArray(value) || !value.every(Number.isInteger)) return new v.Mismatch(expected);
  try {
    return Permissions.fromBytes(value);
  } catch {
    return new v.Mismatch(expected);
  }
};

/** Permission overrides of a channel, keyed by `user:<uuid>` or `group:<uuid>`. */
export const overrides = v.record(permissions, /^(?:user|group):(?:0|[1-9]\d{0,15})$/);
