import { endSessions } from "./announce.ts";
import { isLastAdministrator } from "./grants.ts";
import { exclusive, type HandlerTable } from "./handler.ts";
import { refuse } from "./refusals.ts";

/** Commands for bans, for users of lower rank only. */
export const moderationCommands = {
  ban_user: exclusive(async (call, tx) => {
    const { user } = call.fields;
    const { access } = call.server;
    if (!(await tx.accounts.get(user))) return refuse.unknown("user");
    if (!(access.rankOf(user) > access.rankOf(call.user))) return refuse.rank();
    if (await isLastAdministrator(access, tx, user)) return refuse.conflict("last_administrator");
    await tx.accounts.ban(user, call.date);
    await endSessions(call, tx, user, "banned");
    return {};
  }),

  unban_user: exclusive(async ({ fields, server, user }, tx) => {
    if (!(await tx.accounts.unban(fields.user))) return refuse.unknown("user");
    return server.access.rankOf(fields.user) > server.access.rankOf(user) ? {} : refuse.rank();
  }),

  list_bans: { read: async (_call, tx) => ({ data: await tx.accounts.listBans() }) },
} satisfies HandlerTable;
