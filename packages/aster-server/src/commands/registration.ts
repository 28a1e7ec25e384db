import { normalizeName, skeletonOf } from "../auth/names.ts";
import { hashPassword } from "../auth/password.ts";
import { registrationModeFor } from "../auth/registration-mode.ts";
import type { StoreAccess } from "../store/store.ts";
import { announceAccess, announceUser } from "./announce.ts";
import type { Call, HandlerTable } from "./handler.ts";
import { hourlyLimit } from "./hourly-limit.ts";
import { findInvite, isSetupInvite, refuseInvite } from "./invites.ts";
import { openByPassword } from "./open-session.ts";
import { type Refusal, refuse, refuseName, refusePassword } from "./refusals.ts";

/** Refuses a registration that the server's mode does not allow, or one whose invite is invalid. */
async function refuseStranger(call: Call<"register">, tx: StoreAccess): Promise<Refusal | undefined> {
  const registration = registrationModeFor(call.server.settings.registration, call.session);
  const { invite: code } = call.fields;
  const invite = code === undefined ? undefined : await findInvite(call, tx, code);
  // The first administrator registers on a server that is closed to all others.
  const isFirst = invite !== undefined && isSetupInvite(invite);
  if (registration === "closed" && !isFirst) return refuse.registrationClosed();
  if (code !== undefined) return await refuseInvite(tx, invite);
  return registration === "invite" ? refuse.inviteRequired() : undefined;
}

/** Uses the invite of the request up and makes the account a member of its groups. */
async function acceptInvite(
  call: Call<"register">,
  tx: StoreAccess,
  uuid: number,
): Promise<Refusal | undefined> {
  const code = call.fields.invite;
  if (code === undefined) return undefined;
  const invite = await findInvite(call, tx, code);
  const refused = await refuseInvite(tx, invite);
  if (refused || !invite) return refused;
  // The first administrator ends the set-up invite. It stays, so that its second use is refused as such.
  if (!isSetupInvite(invite)) await tx.invites.use(invite.id);
  if (invite.groups.length > 0) await tx.accounts.setGroups(uuid, invite.groups);
  return undefined;
}

/** Returns whether another account has a name, or one that looks like it. */
export async function isNameTaken(name: string, tx: StoreAccess, exceptUuid?: number): Promise<boolean> {
  return (await tx.accounts.findLookalike(skeletonOf(name), exceptUuid)) !== undefined;
}

/** Registration of accounts. Passwords are hashed before the transaction, off the event loop. */
export const registrationCommands = {
  register: {
    prepare: async (call) => {
      const { passwd, invite } = call.fields;
      const uname = normalizeName(call.fields.uname);
      const { settings, read } = call.server;
      const { network } = call.session;
      // Invites have limits of their own, and may be for a whole school behind one address.
      const limit = invite === undefined ? hourlyLimit(settings.quotas.registrationsPerHour) : undefined;
      const key = `register:${network}`;
      const refused =
        refuseName("uname", uname, settings.limits.name) ??
        (await refuseStranger(call, read)) ??
        (await refusePassword(passwd, settings.passwords));
      if (refused) return refused;
      if (await isNameTaken(uname, read)) return refuse.nameTaken();
      const waitMs = limit ? await read.cooldowns.remainingMs(key, limit) : 0;
      if (waitMs > 0) return refuse.rateLimited(waitMs);
      const password = await hashPassword(passwd, network);
      return async (tx: StoreAccess) => {
        // The name may have been taken while the password was hashed.
        if (await isNameTaken(uname, tx)) return refuse.nameTaken();
        const waitMs = limit ? await tx.cooldowns.tryStart(key, limit) : 0;
        if (waitMs > 0) return refuse.rateLimited(waitMs);
        const uuid = await tx.accounts.add({ name: uname, pfp: settings.defaultPicture, password });
        const refused = await acceptInvite(call, tx, uuid);
        if (refused) return refused;
        await announceUser(call, tx, uuid);
        if (invite !== undefined) await announceAccess(call, tx);
        return await openByPassword(call, tx, uuid);
      };
    },
  },
} satisfies HandlerTable;
