import { Permissions } from "@asterite/aster-protocol";
import type { Logger } from "@asterite/util";
import { describeTarget, differences, targetText } from "../audit/audit-target.ts";
import { operatorEntry } from "../audit/operator-entry.ts";
import { hashPassword } from "../auth/password.ts";
import { nextPosition, reorder } from "../commands/positions.ts";
import type { Store, StoreAccess, StoredCredentials } from "../store/store.ts";

/** An account with all permissions. */
export interface AdminUser {
  /** Name of the account, 1 to 64 characters that are not all white space. */
  readonly name: string;
  /** Password for a new account or one without a password; otherwise ignored. Not empty. */
  readonly password: string;
}

const adminGroupName = "admin";

/**
 * Returns the administrators' group and creates it if missing. A group with the same name but fewer
 * permissions is not used, because its members would gain permissions.
 */
export async function ensureAdminGroup(tx: StoreAccess): Promise<{ uuid: number; made: boolean }> {
  const { groups } = await tx.readAccessRules();
  const found = groups.find(
    ({ name, permissions }) => name === adminGroupName && permissions.equals(Permissions.all),
  );
  if (found) return { uuid: found.uuid, made: false };
  const position = nextPosition(groups);
  const uuid = await tx.groups.add({
    name: adminGroupName,
    colour: 0,
    permissions: Permissions.all,
    position,
  });
  await tx.groups.setPositions(reorder([...groups, { uuid, position }], uuid, 0));
  return { uuid, made: true };
}

/** Returns whether an account has a password. No login opens one without. */
const hasPassword = (account: StoredCredentials | undefined): boolean =>
  account !== undefined && account.password !== "";

/** What {@link grantAdministrator} changed. */
interface AdminUserChanges {
  readonly groupMade: boolean;
  readonly accountMade: boolean;
  readonly passwordSet: boolean;
  readonly joined: boolean;
}

/**
 * Ensures that a group `admin` exists (all permissions, colour 0, created with the highest rank) and that the
 * account exists and is a member, and records what that changes.
 *
 * @param hash - Hash of the password for a new account or one without a password.
 */
async function grantAdministrator(
  tx: StoreAccess,
  { name, hash, picture }: { readonly name: string; readonly hash: string; readonly picture: string },
): Promise<AdminUserChanges> {
  const group = await ensureAdminGroup(tx);
  // Another process that starts at the same time may have created the account.
  const before = await tx.accounts.findCredentialsByName(name);
  const stateBefore = await describeTarget(tx, before && { type: "user", id: before.uuid });
  const uuid = before?.uuid ?? (await tx.accounts.add({ name, pfp: picture, password: hash }));
  const isMissing = before !== undefined && !hasPassword(before);
  if (isMissing) await tx.accounts.update(uuid, { password: hash });
  const groups = (await tx.accounts.get(uuid))?.groups ?? [];
  const joined = !groups.includes(group.uuid);
  if (joined) await tx.accounts.setGroups(uuid, [...groups, group.uuid]);
  const changes = { groupMade: group.made, accountMade: !before, passwordSet: !before || isMissing, joined };
  if (Object.values(changes).includes(true)) {
    const target = { type: "user", id: uuid } as const;
    const state = await describeTarget(tx, target);
    await tx.audit.add({
      ...operatorEntry("admin_user"),
      target: targetText(target),
      before: differences(stateBefore, state),
      after: differences(state, stateBefore),
    });
  }
  return changes;
}

/** Makes an account an administrator at the start of a server; see {@link grantAdministrator}. Idempotent. */
export async function ensureAdminUser(
  { name, password }: AdminUser,
  { store, picture, logger }: { readonly store: Store; readonly picture: string; readonly logger: Logger },
): Promise<void> {
  const known = await store.read.accounts.findCredentialsByName(name);
  const hash = hasPassword(known) ? "" : await hashPassword(password);
  await store.transact({
    run: (tx) => grantAdministrator(tx, { name, hash, picture }),
    onCommit: (changes) => logger.info({ name, ...changes }, "admin user ensured"),
  });
}
