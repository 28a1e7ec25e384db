/** Membership of a user in a group, as both databases store it. */
interface MembershipRow {
  readonly user_uuid: number;
  readonly group_uuid: number;
}

/** Collects the groups of each user, in the order of the rows. */
export function groupsByUser(rows: readonly MembershipRow[]): Map<number, number[]> {
  const memberships = new Map<number, number[]>();
  for (const { user_uuid, group_uuid } of rows) {
    const groups = memberships.get(user_uuid);
    if (groups) groups.push(group_uuid);
    else memberships.set(user_uuid, [group_uuid]);
  }
  return memberships;
}
