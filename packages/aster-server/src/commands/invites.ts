import { Access, operatorId } from "../access.ts";
import { generateToken, hashToken } from "../auth/session-token.ts";
import type { StoreAccess, StoredInvite } from "../store/store.ts";
import { refuseAppointment } from "./grants.ts";
import { type CallContext, exclusive, type HandlerTable } from "./handler.ts";
import { refuse } from "./refusals.ts";

/** Limit of invites that can be open at a time. */
const maxInvites = 200;
/** Limit of the registrations of one invite. */
const maxUses = 1000;
const daySeconds = 86_400;
const defaultLifetimeSeconds = 7 * daySeconds;
const maxLifetimeSeconds = 366 * daySeconds;

/** Returns whether the author of an invite may still issue it. */
async function mayIssue({ author, groups }: StoredInvite, access: Access, tx: StoreAccess): Promise<boolean> {
  if (author !== operatorId) {
    const account = await tx.accounts.findCredentialsByUuid(author);
    if (!account || account.isBanned || !access.allows(author, "modify_user_groups")) return false;
  }
  return (await refuseAppointment(author, groups, access)) === undefined;
}

/**
 * Returns the invite with a code if an account can be registered with it, with the groups of it that still exist.
 * Its author must still have the rights that it needed.
 */
export async function findUsableInvite(
  { date }: Pick<CallContext, "date">,
  tx: StoreAccess,
  code: string,
): Promise<StoredInvite | undefined> {
  const found = await tx.invites.find(hashToken(code));
  if (!found || found.expires <= date) return undefined;
  const access = new Access(await tx.readAccessRules());
  const invite = { ...found, groups: found.groups.filter((uuid) => access.group(uuid)) };
  return (await mayIssue(invite, access, tx)) ? invite : undefined;
}

/** Commands on invites, with which accounts can be registered. */
export const inviteCommands = {
  create_invite: exclusive(async ({ fields, user, date }, tx) => {
    const { uses = 1, expires = date + defaultLifetimeSeconds, groups = [] } = fields;
    if (uses < 1 || uses > maxUses) return refuse.invalid("uses");
    if (expires <= date || expires > date + maxLifetimeSeconds) return refuse.invalid("expires");
    const access = new Access(await tx.readAccessRules());
    const distinct = [...new Set(groups)];
    const refused = await refuseAppointment(user, distinct, access);
    if (refused) return refused;
    await tx.invites.removeExpired(date);
    if ((await tx.invites.list()).length >= maxInvites) return refuse.conflict(`quota:invites:${maxInvites}`);
    const invite = generateToken();
    const hash = hashToken(invite);
    const stored = { hash, author: user, groups: distinct, created: date, expires, usesLeft: uses };
    return { id: await tx.invites.add(stored), invite, expires, uses_left: uses };
  }),

  list_invites: {
    read: async ({ date }, tx) => {
      const invites = (await tx.invites.list()).filter(({ expires }) => expires > date);
      return {
        data: invites.map(({ usesLeft, groups, ...invite }) => {
          return { ...invite, groups: [...groups], uses_left: usesLeft };
        }),
      };
    },
  },

  revoke_invite: exclusive(async ({ fields }, tx) =>
    (await tx.invites.remove(fields.id)) ? {} : refuse.unknown("id"),
  ),
} satisfies HandlerTable;
