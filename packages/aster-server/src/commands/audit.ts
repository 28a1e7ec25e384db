import { operatorId } from "../access.ts";
import type { HandlerTable } from "./handler.ts";
import { refuse } from "./refusals.ts";

/** Limit of entries in one reply. */
const maxEntriesPerReply = 100;

/** Commands on the audit log, for the operator and users of the highest rank: entries contain addresses. */
export const auditCommands = {
  list_audit: {
    read: async ({ fields, user, server }, tx) => {
      if (user !== operatorId && !server.access.isTopRank(user)) return refuse.rank();
      const limit = Math.min(Math.max(1, fields.limit), maxEntriesPerReply);
      const found = await tx.audit.list({ ...fields, limit: limit + 1 });
      return {
        data: found.slice(0, limit).map(({ actor, target, address, before, after, ...entry }) => ({
          ...entry,
          actor: actor ?? null,
          target: target ?? null,
          address: address ?? null,
          before: before ?? null,
          after: after ?? null,
        })),
        more: found.length > limit,
      };
    },
  },
} satisfies HandlerTable;
