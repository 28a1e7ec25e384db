import { Permissions } from "@asterite/aster-protocol";
import { Access, operatorId, setupId } from "../access.ts";
import { generateToken, hashToken } from "../auth/session-token.ts";
import type { StoreAccess, StoredInvite } from "../store/store.ts";
import { hasAdministrator, refuseAppointment } from "./grants.ts";
import { type CallContext, exclusive, type HandlerTable } from "./handler.ts";
import { type Refusal, refuse } from "./refusals.ts";

/** Limit of invites that can be open at a time. */
const maxInvites = 200;
/** Limit of the registrations of one invite. */
const maxUses = 1000;
const daySeconds = 86_400;
const defaultLifetimeSeconds = 7 * daySeconds;
const maxLifetimeSeconds = 366 * daySeconds;

/** Returns whether an invite is the one with which the first administrator registers. */
export const isSetupInvite = ({ author }: StoredInvite): boolean => author === setupId;

/** Adds an invite with a new code, which is returned and not stored. */
export async function issueInvite(
  { date }: Pick<CallContext, "date">,
  tx: StoreAccess,
  {
    author,
    groups,
    usesLeft = 1,
    expires = date + defaultLifetimeSeconds,
  }: Pick<StoredInvite, "author" | "groups"> & Partial<Pick<StoredInvite, "usesLeft" | "expires">>,
): Promise<{ id: number; invite: string; expires: number; uses_left: number }> {
  const invite = generateToken();
  const stored = { hash: hashToken(invite), author, groups, created: date, expires, usesLeft };
  return { id: await tx.invites.add(stored), invite, expires, uses_left: usesLeft };
}

/** Returns whether the author of an invite may still issue it. */
async function mayIssue({ author, groups }: StoredInvite, access: Access, tx: StoreAccess): Promise<boolean> {
  if (author === setupId) {
    // The account has to become an administrator, which ends the invite.
    return groups.some((uuid) => access.group(uuid)?.permissions.equals(Permissions.all));
  }
  if (author !== operatorId) {
    const account = await tx.accounts.findCredentialsByUuid(author);
    if (!account || account.isBanned || !access.allows(author, "modify_user_groups")) return false;
  }
  return refuseAppointment(author, groups, access) === undefined;
}

/** Returns the invite with a code that has not expired, with those of its groups that still exist. */
export async function findInvite(
  { date }: Pick<CallContext, "date">,
  tx: StoreAccess,
  code: string,
): Promise<StoredInvite | undefined> {
  const found = await tx.invites.find(hashToken(code));
  if (!found || found.expires <= date) return undefined;
  const access = new Access(await tx.readAccessRules());
  return { ...found, groups: found.groups.filter((uuid) => access.group(uuid)) };
}

/**
 * Refuses a registration with an invite that was not found or whose author has lost the rights that it needed, and
 * one with a set-up invite if there is an administrator.
 */
export async function refuseInvite(
  tx: StoreAccess,
  invite: StoredInvite | undefined,
): Promise<Refusal | undefined> {
  if (!invite) return refuse.inviteInvalid();
  const access = new Access(await tx.readAccessRules());
  if (isSetupInvite(invite) && (await hasAdministrator(access, tx))) return refuse.alreadySetUp();
  return (await mayIssue(invite, access, tx)) ? undefined : refuse.inviteInvalid();
}

/** Commands on invites, with which accounts can be registered. */
export const inviteCommands = {
  create_invite: exclusive(async ({ fields, user, date }, tx) => {
    const { uses = 1, expires = date + defaultLifetimeSeconds, groups = [] } = fields;
    if (uses < 1 || uses > maxUses) return refuse.invalid("uses");
    if (expires <= date || expires > date + maxLifetimeSeconds) return refuse.invalid("expires");
    const access = new Access(await tx.readAccessRules());
    const distinct = [...new Set(groups)];
    const refused = refuseAppointment(user, distinct, access);
    if (refused) return refused;
    await tx.invites.removeExpired(date);
    if ((await tx.invites.list()).length >= maxInvites) return refuse.conflict(`quota:invites:${maxInvites}`);
    return await issueInvite({ date }, tx, { author: user, groups: distinct, usesLeft: uses, expires });
  }),

  list_invites: {
    read: async ({ date }, tx) => {
      const isSetUp = await hasAdministrator(new Access(await tx.readAccessRules()), tx);
      const invites = (await tx.invites.list()).filter(
        (invite) => invite.expires > date && !(isSetUp && isSetupInvite(invite)),
      );
      return {
        data: invites.map(({ usesLeft, groups, author, ...invite }) => ({
          ...invite,
          // The operator started the server that issued the set-up invite.
          author: author === setupId ? operatorId : author,
          groups: [...groups],
          uses_left: usesLeft,
        })),
      };
    },
  },

  revoke_invite: exclusive(async ({ fields }, tx) =>
    (await tx.invites.remove(fields.id)) ? {} : refuse.unknown("id"),
  ),
} satisfies HandlerTable;
