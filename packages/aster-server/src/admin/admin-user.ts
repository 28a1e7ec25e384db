import { Permissions } from "@asterite/aster-protocol";
import type { Logger } from "@asterite/util";
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
async function ensureAdminGroup(tx: StoreAccess): Promise<{ uuid: number; made: boolean }> {
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

/**
 * Returns whether an account has a password. One without would adopt the first password that a client sends.
 */
const hasPassword = (account: StoredCredentials | undefined): boolean =>
  account !== undefined && account.password !== "";

/**
 * Ensures that a group `admin` exists (all permissions, colour 0, created with the highest rank) and that the
 * account exists and is a member. Idempotent.
 */
export async function ensureAdminUser(
  { name, password }: AdminUser,
  { store, picture, logger }: { readonly store: Store; readonly picture: string; readonly logger: Logger },
): Promise<void> {
  const known = await store.read.accounts.findCredentialsByName(name);
  const hash = hasPassword(known) ? undefined : await hashPassword(password);
  await store.transact({
    run: async (tx) => {
      const group = await ensureAdminGroup(tx);
      // Another process that starts at the same time may have created the account.
      const before = await tx.accounts.findCredentialsByName(name);
      const uuid = before?.uuid ?? (await tx.accounts.add({ name, pfp: picture, password: hash ?? "" }));
      const isMissing = before !== undefined && !hasPassword(before);
      if (isMissing && hash !== undefined) await tx.accounts.update(uuid, { password: hash });
      const groups = (await tx.accounts.get(uuid))?.groups ?? [];
      const joined = !groups.includes(group.uuid);
      if (joined) await tx.accounts.setGroups(uuid, [...groups, group.uuid]);
      return { groupMade: group.made, accountMade: !before, passwordSet: !before || isMissing, joined };
    },
    onCommit: (changes) => logger.info({ name, ...changes }, "admin user ensured"),
  });
}
