import {
  Permissions,
  type RankedPermissions,
  resolveChannelPermissions,
  resolveServerPermissions,
} from "@asterite/aster-protocol";
import type { ChannelOverrides } from "./channel-changes.ts";

/** What the permissions of an account follow from. */
interface PermissionSources {
  /** Base permissions of every account. */
  readonly base: Permissions;
  /** Groups of the server. */
  readonly groups: readonly RankedPermissions[];
  /** Uuids of the account's groups. */
  readonly memberOf: readonly number[];
}

/** Returns the permissions of an account in a channel, by the same rules as the server. */
export function permissionsInChannel(
  sources: PermissionSources,
  user: number,
  overrides: ChannelOverrides,
): Permissions {
  const own = sources.groups.filter(({ uuid }) => sources.memberOf.includes(uuid));
  const ranked = own.map(({ uuid, position }) => {
    return { uuid, position, permissions: overrides[`group:${uuid}`] ?? Permissions.none };
  });
  const onServer = resolveServerPermissions(sources.base, own);
  return resolveChannelPermissions(onServer, ranked, overrides[`user:${user}`]);
}
