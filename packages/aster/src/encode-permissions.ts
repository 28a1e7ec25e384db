import { Permissions } from "@asterite/aster-protocol";
import { argumentError } from "./errors.ts";

/**
 * Returns permissions in the form of the protocol.
 *
 * @throws AsterError `ARGUMENT_INVALID` with the name of the argument, for a plain object instead of a set.
 */
export function encodePermissions(name: string, permissions: unknown): [number, number, number] {
  if (permissions instanceof Permissions) return permissions.toBytes();
  throw argumentError(name, permissions, 'a set, such as Permissions.of({ ban_users: "allow" })');
}
