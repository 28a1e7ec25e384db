import { Permissions } from "@asterite/aster-protocol";
import type { Logger } from "@asterite/util";
import { hashPassword } from "../auth/password.ts";
import { arrange, endOf } from "../commands/positions.ts";
import type { Store, StoreAccess, StoredCredentials } from "../store/store.ts";

/** Somebody who may do everything. */
export interface AdminUser {
  /** Name of the account, 1 to 64 characters that are not all white space. */
  readonly name: string;
  /** Its password if the account is new or has none; otherwise the password stays what it is. Not empty. */
  readonly password: string;
}

const groupName = "admin";

/**
 * The group of the administrators. A group that only has the name is not taken: its members would get more
 * than anybody gave them.
 */
async function ensureGroup(tx: StoreAccess): Promise<{ uuid: number; made: boolean }> {
  const { groups } = await tx.readAccessRules();
  const found = groups.find(
    ({ name, permissions }) => name === groupName && permissions.equals(Permissions.all),
  );
  if (found) return { uuid: found.uuid, made: false };
  const position = endOf(groups);
  const uuid = await tx.groups.add({ name: groupName, colour: 0, permissions: Permissions.all, position });
  await tx.groups.setPositions(arrange([...groups, { uuid, position }], uuid, 0));
  return { uuid, made: true };
}

/** An account without a password would take the first one that anybody tries. */
const hasPassword = (account: StoredCredentials | undefined): boolean =>
  account !== undefined && account.password !== "";

/**
 * Makes sure that there is a group `admin` (everything allowed, colour 0, at its making the highest in rank)
 * and an account of this name in it. Doing it again changes nothing.
 */
export async function ensureAdminUser(
  { name, password }: AdminUser,
  { store, picture, logger }: { readonly store: Store; readonly picture: string; readonly logger: Logger },
): Promise<void> {
  const known = await store.read.accounts.findCredentialsByName(name);
  const hash = hasPassword(known) ? undefined : await hashPassword(password);
  await store.transact({
    run: async (tx) => {
      const group = await ensureGroup(tx);
      // Another process that starts at the same time may have made the account meanwhile.
      const before = await tx.accounts.findCredentialsByName(name);
      const uuid = before?.uuid ?? (await tx.accounts.add({ name, pfp: picture, password: hash ?? "" }));
      const isMissing = before !== undefined && !hasPassword(before);
      if (isMissing && hash !== undefined) await tx.accounts.update(uuid, { password: hash });
      const groups = (await tx.accounts.get(uuid))?.groups ?? [];
      const joined = !groups.includes(group.uuid);
      if (joined) await tx.accounts.setGroups(uuid, [...groups, group.uuid]);
      return { groupMade: group.made, accountMade: !before, passwordSet: !before || isMissing, joined };
    },
    onCommit: (done) => logger.info({ name, ...done }, "administrator"),
  });
}
