import { Status } from "@asterite/aster-protocol";
import { wireUser } from "./entities.ts";
import { type HandlerTable, refuse } from "./handler.ts";

/** What a server tells everybody. */
export const serverCommands = {
  ping: { read: () => ({}) },
  // The client closes the socket itself after the answer.
  leave: { read: () => ({}) },
  get_name: { read: ({ server }) => ({ data: server.settings.name }) },
  get_icon: { read: ({ server }) => ({ data: server.settings.icon }) },
  get_metadata: { read: async (_call, tx) => ({ data: (await tx.users()).map(wireUser) }) },
  get_user: {
    read: async ({ fields }, tx) => {
      const user = await tx.user(fields.uuid);
      return user ? { data: wireUser(user) } : refuse(Status.NotFound);
    },
  },
  online: { read: ({ server }) => ({ data: server.hub.online() }) },
} satisfies HandlerTable;
