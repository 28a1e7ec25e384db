import { accountCommands } from "./account.ts";
import { auditCommands } from "./audit.ts";
import { channelCommands } from "./channels.ts";
import { emojiCommands } from "./emoji.ts";
import { eventCommands } from "./events.ts";
import { fileCommands } from "./files.ts";
import { groupCommands } from "./groups.ts";
import type { HandlerTable } from "./handler.ts";
import { inviteCommands } from "./invites.ts";
import { invocationCommands } from "./invocations.ts";
import { messageCommands } from "./messages.ts";
import { moderationCommands } from "./moderation.ts";
import { presenceCommands } from "./presence.ts";
import { readMarkerCommands } from "./read-markers.ts";
import { registrationCommands } from "./registration.ts";
import { serverCommands } from "./server.ts";
import { syncCommands } from "./sync.ts";
import { userCommands } from "./users.ts";

/** Handlers of all commands. */
export const handlers: Required<HandlerTable> = {
  ...serverCommands,
  ...registrationCommands,
  ...accountCommands,
  ...inviteCommands,
  ...auditCommands,
  ...userCommands,
  ...channelCommands,
  ...messageCommands,
  ...groupCommands,
  ...syncCommands,
  ...readMarkerCommands,
  ...emojiCommands,
  ...moderationCommands,
  ...presenceCommands,
  ...invocationCommands,
  ...eventCommands,
  ...fileCommands,
};
