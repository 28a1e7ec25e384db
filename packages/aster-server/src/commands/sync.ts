import type { HandlerTable } from "./handler.ts";
import { refuse } from "./refusals.ts";

const bytesOf = (texts: readonly (string | null | undefined)[]): number =>
  texts.reduce((sum, text) => sum + Buffer.byteLength(text ?? ""), 0);

/** Commands on sync data: the profile and server list that a user shares among clients. */
export const syncCommands = {
  sync_set: {
    write: async ({ user, fields, server }, tx) => {
      const profile = { uname: fields.uname, pfp: fields.pfp };
      const { syncBytes } = server.settings.quotas;
      const { servers } = await tx.sync.readSizes(user);
      if (bytesOf([profile.uname, profile.pfp]) + servers > syncBytes) {
        return refuse.quota("sync_bytes", syncBytes);
      }
      await tx.sync.setProfile(user, profile);
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
    write: async ({ user, fields, server }, tx) => {
      const { servers } = fields;
      const { syncBytes, syncServers } = server.settings.quotas;
      if (servers.length > syncServers) return refuse.quota("sync_servers", syncServers);
      const { profile } = await tx.sync.readSizes(user);
      const texts = servers.flatMap(({ uname, ip, pfp, name }) => [uname, ip, pfp, name]);
      if (profile + bytesOf(texts) > syncBytes) return refuse.quota("sync_bytes", syncBytes);
      await tx.sync.setServers(user, servers);
      return {};
    },
  },

  sync_get_servers: { read: async ({ user }, tx) => ({ servers: await tx.sync.servers(user) }) },
} satisfies HandlerTable;
