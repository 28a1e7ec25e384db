import type { PlayerMessage } from "./players.ts";

/** The message that a connection to Discord's voice gateway is over. */
export const voiceClosed = (
  userId: string,
  guildId: string,
  code: number,
  reason: string,
  byRemote: boolean,
): PlayerMessage => ({
  userId,
  guildId,
  toAll: true,
  content: {
    kind: "event",
    type: "WebSocketClosedEvent",
    fields: { code, reason: reason || null, byRemote },
  },
});
