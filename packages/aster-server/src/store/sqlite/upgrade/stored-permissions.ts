import { Permissions } from "@asterite/aster-protocol";

/** Replaces the invalid value 3 by 0, "default", in each two-bit field. */
const withoutInvalidValues = (byte: number): number => byte & ~((byte & (byte >> 1) & 0x55) * 3);

/**
 * Converts a column to permissions. Values that are not a blob, or are invalid, become "default": another
 * program may have written them, and one bad row must not prevent the server from starting.
 */
export function storedPermissions(value: unknown): Permissions {
  if (!(value instanceof Uint8Array)) return Permissions.none;
  return Permissions.fromBytes(value.map(withoutInvalidValues));
}
