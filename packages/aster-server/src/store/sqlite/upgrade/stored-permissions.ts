import { Permissions } from "@asterite/aster-protocol";

/** Replaces the illegal value 3, which grants nothing, by the value 0, which decides nothing. */
const withoutInvalidValues = (byte: number): number => byte & ~((byte & (byte >> 1) & 0x55) * 3);

/**
 * Reads a set of permissions from a database, which others may have written: what is no set of bytes, or is
 * illegal, decides nothing. One bad row must not keep a server from starting.
 */
export function storedPermissions(value: unknown): Permissions {
  if (!(value instanceof Uint8Array)) return Permissions.none;
  return Permissions.fromBytes(value.map(withoutInvalidValues));
}
