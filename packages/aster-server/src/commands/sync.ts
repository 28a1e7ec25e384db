import type { HandlerTable } from "./handler.ts";
import { refuse } from "./refusals.ts";

/** Commands on sync data: the profile and server list that a user shares among clients. */
export const syncCommands = {
  sync_set: {
    write: async ({ user, fields }, tx) => {
      await tx.sync.setProfile(user, { uname: fields.uname, pfp: fields.pfp });
      return {};
    },
  },

  sync_get: {
    read: async ({ user }, tx) => {
      const profile = await tx.sync.profile(user);
      // A deployed client hangs without its own uuid in the reply.
      return profile ? { ...profile, user_uuid: user } : refuse.unknown("profile");
    },
  },

  sync_set_servers: {
    write: async ({ user, fields }, tx) => {
      await tx.sync.setServers(user, fields.servers);
      return {};
    },
  },

  sync_get_servers: { read: async ({ user }, tx) => ({ servers: await tx.sync.servers(user) }) },
} satisfies HandlerTable;
