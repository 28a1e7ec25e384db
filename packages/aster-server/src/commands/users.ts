import { normalizeName } from "../auth/names.ts";
import type { StoreAccess } from "../store/store.ts";
import { announceAccess, announceUser, endSessions } from "./announce.ts";
import { DeferredReply, type HandlerTable } from "./handler.ts";
import { confirmPassword, isUnchanged } from "./password-checks.ts";
import { Refusal, refuse, refuseName, refusePicture } from "./refusals.ts";
import { isNameTaken } from "./registration.ts";
import { wireUserFor } from "./wire-format.ts";

/** Typical length of a uuid in a JSON list, with its separator. */
const approximateUuidLength = 17;

/** Commands on accounts. */
export const userCommands = {
  get_metadata: {
    read: async ({ session }, tx) => ({
      data: (await tx.accounts.list()).map(wireUserFor(session.extensions)),
    }),
  },

  get_user: {
    read: async ({ fields, session }, tx) => {
      const user = await tx.accounts.get(fields.uuid);
      return user ? { data: wireUserFor(session.extensions)(user) } : refuse.unknown("uuid");
    },
  },

  online: {
    read: ({ session, server }) =>
      new DeferredReply(server.hub.presence.size * approximateUuidLength, () => session.replyToOnline()),
  },

  nick: {
    write: async (call, tx) => {
      const nick = normalizeName(call.fields.nick);
      const refused = refuseName("nick", nick, call.server.settings.limits.name);
      if (refused) return refused;
      // The user's own current name counts as taken too; deployed clients expect it.
      if (await tx.accounts.findCredentialsByName(nick)) return refuse.nameTaken();
      if (await isNameTaken(nick, tx, call.user)) return refuse.nameTaken();
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

  set_bot: {
    write: async (call, tx) => {
      const { bot, user = call.user } = call.fields;
      const { access } = call.server;
      if (user !== call.user) {
        if (!access.allows(call.user, "modify_user_groups")) return refuse.permission("modify_user_groups");
        if (!(access.rankOf(user) > access.rankOf(call.user))) return refuse.rank();
      }
      const account = await tx.accounts.get(user);
      if (!account) return refuse.unknown("user");
      if (account.isBot === bot) return {};
      await tx.accounts.setBot(user, bot);
      await announceUser(call, tx, user);
      return {};
    },
  },

  delete_account: {
    prepare: async (call) => {
      const { user, password } = call.fields;
      const isOwn = user === call.user;
      const confirmed = isOwn ? await confirmPassword(call, password) : undefined;
      if (confirmed instanceof Refusal) return confirmed;
      return async (tx: StoreAccess) => {
        const { access, settings } = call.server;
        if (!isOwn) {
          if (!access.allows(call.user, "ban_users")) return refuse.permission("ban_users");
          if (!(access.rankOf(user) > access.rankOf(call.user))) return refuse.rank();
        }
        if (!(await tx.accounts.get(user))) return refuse.unknown("user");
        if (confirmed && !(await isUnchanged(confirmed, tx))) return refuse.wrongPassword();
        // The account remains as the author of its messages, because clients crash on an unknown author.
        await tx.accounts.erase(user, { name: "deleted user", pfp: settings.defaultPicture });
        await announceUser(call, tx, user);
        // Memberships and overrides were removed with the account.
        await announceAccess(call, tx, "list_channels");
        // A user who deletes their own account still receives the reply.
        await endSessions(call, tx, user, "account deleted", call.session.id);
        if (isOwn) call.afterCommit(() => call.session.end());
        return {};
      };
    },
  },
} satisfies HandlerTable;
