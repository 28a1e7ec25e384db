import { accountsPerPage } from "../account-directory.ts";
import { normalizeName } from "../auth/names.ts";
import type { StoreAccess } from "../store/store.ts";
import { announceAccess, announceUser, endSessions } from "./announce.ts";
import { isLastAdministrator } from "./grants.ts";
import { type Call, DeferredReply, type HandlerTable } from "./handler.ts";
import { hourlyLimit } from "./hourly-limit.ts";
import { confirmPassword, isUnchanged } from "./password-checks.ts";
import { Refusal, refuse, refuseName, refusePicture } from "./refusals.ts";
import { isNameTaken } from "./registration.ts";
import { pictureHashOf, toWireUser, userFormFor } from "./wire-format.ts";

/** Typical length of a uuid in a JSON list, with its separator. */
const approximateUuidLength = 17;
/** Typical length of an account without its picture. */
const approximateUserLength = 200;

/** Counts a change of the user's own data, which is pushed to all connections. Returns a refusal above the limit. */
async function limitProfileChanges(
  { server, user }: Pick<Call<"nick">, "server" | "user">,
  tx: StoreAccess,
  kind: "nick" | "pfp" | "bot",
): Promise<Refusal | undefined> {
  const limit = hourlyLimit(server.settings.quotas.profileChangesPerHour);
  const waitMs = limit ? await tx.cooldowns.tryStart(`${kind}:${user}`, limit) : 0;
  return waitMs > 0 ? refuse.rateLimited(waitMs) : undefined;
}

/** Commands on accounts. */
export const userCommands = {
  get_metadata: {
    read: ({ session, server }) => {
      const form = userFormFor(session.extensions);
      return new DeferredReply(server.accounts.sizeOf(form), () => server.accounts.list(form));
    },
  },

  list_users: {
    read: ({ session, server, fields }) => {
      // A client that requests pages knows hashes.
      const form = { ...userFormFor(session.extensions), hasHashes: true };
      const size = Math.min(server.accounts.sizeOf(form), accountsPerPage * approximateUserLength);
      return new DeferredReply(size, () => server.accounts.page(fields.page, form));
    },
  },

  get_picture: {
    read: async ({ fields }, tx) => {
      const user = await tx.accounts.get(fields.uuid);
      return user ? { data: user.pfp, pfp_hash: pictureHashOf(user.pfp) } : refuse.unknown("uuid");
    },
  },

  get_user: {
    read: async ({ fields, session }, tx) => {
      const user = await tx.accounts.get(fields.uuid);
      return user ? { data: toWireUser(user, userFormFor(session.extensions)) } : refuse.unknown("uuid");
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
      const limited = await limitProfileChanges(call, tx, "nick");
      if (limited) return limited;
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
        const limited = await limitProfileChanges(call, tx, "pfp");
        if (limited) return limited;
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
      const limited = await limitProfileChanges(call, tx, "bot");
      if (limited) return limited;
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
        if (await isLastAdministrator(access, tx, user)) return refuse.conflict("last_administrator");
        if (confirmed && !(await isUnchanged(confirmed, tx))) return refuse.wrongPassword();
        // The account remains as the author of its messages, because clients crash on an unknown author.
        await tx.accounts.erase(user, { name: "deleted user", pfp: settings.defaultPicture });
        await announceUser(call, tx, user);
        // Memberships and overrides were removed with the account.
        await announceAccess(call, tx, "list_channels");
        // A user who deletes their own account still receives the reply.
        await endSessions(call, tx, user, "account deleted", call.session.id);
        if (isOwn) call.afterCommit(() => call.session.endSession());
        return {};
      };
    },
  },
} satisfies HandlerTable;
