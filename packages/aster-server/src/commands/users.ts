import type { StoreAccess } from "../store/store.ts";
import { announceAccess, announceUser, recordEvent } from "./announce.ts";
import { DeferredReply, exclusive, type HandlerTable } from "./handler.ts";
import { refuse, refusePicture, refuseText } from "./refusals.ts";
import { toWireUser } from "./wire-format.ts";

/** Typical length of a uuid in a JSON list, with its separator. */
const approximateUuidLength = 17;

/** Commands on accounts. */
export const userCommands = {
  get_metadata: { read: async (_call, tx) => ({ data: (await tx.accounts.list()).map(toWireUser) }) },

  get_user: {
    read: async ({ fields }, tx) => {
      const user = await tx.accounts.get(fields.uuid);
      return user ? { data: toWireUser(user) } : refuse.unknown("uuid");
    },
  },

  online: {
    read: ({ session, server }) =>
      new DeferredReply(server.hub.presence.size * approximateUuidLength, () => session.replyToOnline()),
  },

  nick: {
    write: async (call, tx) => {
      const { nick } = call.fields;
      const refused = refuseText("nick", nick, call.server.settings.limits.name);
      if (refused) return refused;
      // The user's own current name counts as taken too; deployed clients expect it.
      if (await tx.accounts.findCredentialsByName(nick)) return refuse.nameTaken();
      await tx.accounts.update(call.user, { name: nick });
      await announceUser(call, tx, call.user);
      return {};
    },
  },

  pfp: {
    prepare: async (call) => {
      const { data } = call.fields;
      const refused = await refusePicture(data, call.server.settings.limits.pfp);
      if (refused) return refused;
      return async (tx: StoreAccess) => {
        await tx.accounts.update(call.user, { pfp: data });
        await announceUser(call, tx, call.user);
        return {};
      };
    },
  },

  delete_account: exclusive(async (call, tx) => {
    const { user } = call.fields;
    const { access, hub, settings } = call.server;
    if (user !== call.user) {
      if (!access.allows(call.user, "ban_users")) return refuse.permission("ban_users");
      if (!(access.rankOf(user) > access.rankOf(call.user))) return refuse.rank();
    }
    if (!(await tx.accounts.get(user))) return refuse.unknown("user");
    // The account remains as the author of its messages, because clients crash on an unknown author.
    await tx.accounts.erase(user, { name: "deleted user", pfp: settings.defaultPicture });
    await announceUser(call, tx, user);
    // Memberships and overrides were removed with the account.
    await announceAccess(call, tx, "list_channels");
    await recordEvent(call, tx, "cut_user", { subject: user });
    call.afterCommit(() => {
      // A user who deletes their own account still receives the reply.
      hub.disconnectUser(user, "account deleted", call.session.id);
      if (user === call.user) call.session.end();
    });
    return {};
  }),
} satisfies HandlerTable;
