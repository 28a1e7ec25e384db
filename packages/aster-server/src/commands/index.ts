import { accountCommands } from "./account.ts";
import { channelCommands } from "./channels.ts";
import type { HandlerTable } from "./handler.ts";
import { messageCommands } from "./messages.ts";
import { serverCommands } from "./server.ts";

/**
 * Every command that this server carries out. One that is missing is answered like a command that does not
 * exist, which clients read as "not supported".
 */
export const handlers: HandlerTable = {
  ...serverCommands,
  ...accountCommands,
  ...channelCommands,
  ...messageCommands,
};
