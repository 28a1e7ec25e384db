import { wireChannels } from "./entities.ts";
import type { HandlerTable } from "./handler.ts";

/** Channels. */
export const channelCommands = {
  list_channels: { read: ({ server, user }) => ({ data: wireChannels(server.access(), user) }) },
} satisfies HandlerTable;
