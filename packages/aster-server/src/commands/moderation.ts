import { recordEvent } from "./announce.ts";
import { exclusive, type HandlerTable } from "./handler.ts";
import { refuse } from "./refusals.ts";

/** Commands for bans, for users of lower rank only. */
export const moderationCommands = {
  ban_user: exclusive(async (call, tx) => {
    const { user } = call.fields;
    const { access, hub } = call.server;
    if (!(await tx.accounts.get(user))) return refuse.unknown("user");
    if (!(access.rankOf(user) > access.rankOf(call.user))) return refuse.rank();
    await tx.accounts.ban(user, call.date);
    await tx.tokens.revokeAll(user);
    await recordEvent(call, tx, "cut_user", { subject: user });
    call.afterCommit(() => hub.disconnectUser(user, "banned"));
    return {};
  }),

  unban_user: exclusive(async ({ fields, server, user }, tx) => {
    if (!(await tx.accounts.unban(fields.user))) return refuse.unknown("user");
    return server.access.rankOf(fields.user) > server.access.rankOf(user) ? {} : refuse.rank();
  }),

  list_bans: { read: async (_call, tx) => ({ data: await tx.accounts.listBans() }) },
} satisfies HandlerTable;
