import { isRecord } from "@asterite/util";
import { argumentError, checkArray } from "./errors.ts";

/**
 * A user, channel, message, group or emoji as an argument: the object, or its uuid. Of an object only the
 * uuid is used, so it may come from another connection to the same server.
 */
export type Reference<Model extends { readonly uuid: number }> = Model | number;

/**
 * Returns the uuid of a reference.
 *
 * @throws AsterError `ARGUMENT_INVALID` for any value but a finite number or an object with a uuid.
 */
export function uuidOf(name: string, reference: Reference<{ readonly uuid: number }>): number {
  const uuid: unknown = isRecord(reference) ? reference.uuid : reference;
  // The server judges which numbers are uuids.
  if (typeof uuid === "number" && Number.isFinite(uuid)) return uuid;
  throw argumentError(name, uuid, "a uuid, or an object with one");
}

/** Like {@link uuidOf}, for several references. */
export function uuidsOf(name: string, references: readonly Reference<{ readonly uuid: number }>[]): number[] {
  checkArray(name, references);
  return references.map((reference, index) => uuidOf(`${name}.${index}`, reference));
}

/** Like {@link uuidOf}, but undefined for an argument that is left out. */
export const optionalUuidOf = (
  name: string,
  reference: Reference<{ readonly uuid: number }> | undefined,
): number | undefined => (reference === undefined ? undefined : uuidOf(name, reference));
