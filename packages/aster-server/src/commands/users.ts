import { isBlank, Status } from "@asterite/aster-protocol";
import { checkPicture } from "../pictures/pictures.ts";
import type { StoreAccess } from "../store/store.ts";
import { announceAccess, announceUser, record } from "./announce.ts";
import { alone, type HandlerTable, LateReply, refuse } from "./handler.ts";
import { wireUser } from "./wire-format.ts";

/** Length of most uuids as text, with what is between them. */
const uuidLength = 17;

/** Who is here, and what one can change about oneself. */
export const userCommands = {
  get_metadata: { read: async (_call, tx) => ({ data: (await tx.accounts.list()).map(wireUser) }) },

  get_user: {
    read: async ({ fields }, tx) => {
      const user = await tx.accounts.get(fields.uuid);
      return user ? { data: wireUser(user) } : refuse(Status.NotFound);
    },
  },

  online: {
    read: ({ session, server }) =>
      new LateReply(server.hub.presence.size * uuidLength, () => session.whoIsOnline()),
  },

  nick: {
    write: async (call, tx) => {
      const { nick } = call.fields;
      if (isBlank(nick) || nick.length > call.server.settings.limits.name) return refuse(Status.Malformed);
      // One's own present name counts as taken too; deployed clients expect it.
      if (await tx.accounts.findCredentialsByName(nick)) return refuse(Status.Conflict);
      await tx.accounts.update(call.user, { name: nick });
      await announceUser(call, tx, call.user);
      return {};
    },
  },

  pfp: {
    prepare: async (call) => {
      const { data } = call.fields;
      if (!(await checkPicture(data, call.server.settings.limits.pfp))) return refuse(Status.Malformed);
      return async (tx: StoreAccess) => {
        await tx.accounts.update(call.user, { pfp: data });
        await announceUser(call, tx, call.user);
        return {};
      };
    },
  },

  delete_account: alone(async (call, tx) => {
    const { user } = call.fields;
    const { access, hub, settings } = call.server;
    if (user !== call.user) {
      const mayBan = access.allows(call.user, "ban_users") && access.rankOf(user) > access.rankOf(call.user);
      if (!mayBan) return refuse(Status.Forbidden);
    }
    if (!(await tx.accounts.get(user))) return refuse(Status.NotFound);
    // The account stays as the author of what it wrote: clients end at a message from nobody.
    await tx.accounts.erase(user, { name: "deleted user", pfp: settings.defaultPicture });
    await announceUser(call, tx, user);
    // Memberships and overrides went with the account.
    await announceAccess(call, tx, "list_channels");
    await record(call, tx, "cut_user", { subject: user });
    call.afterCommit(() => {
      // Who deletes the own account still gets the answer.
      hub.cutUser(user, "account deleted", call.session.id);
      if (user === call.user) call.session.end();
    });
    return {};
  }),
} satisfies HandlerTable;
