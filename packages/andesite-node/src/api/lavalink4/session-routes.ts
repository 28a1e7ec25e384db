import type { Lavalink4Sessions } from "./lavalink4-sessions.ts";
import { readBoolean, readInteger, readObject, readOptional } from "./read-fields.ts";
import type { Lavalink4Route } from "./route.ts";

const maxTimeoutSeconds = 86_400;

/** Returns the routes of sessions. */
export function sessionRoutes(sessions: Lavalink4Sessions): Lavalink4Route[] {
  return [
    {
      method: "PATCH",
      path: "/v4/sessions/:sessionId",
      hasBody: true,
      handle({ sessionId, body }) {
        const session = sessions.require(sessionId);
        const fields = readObject(body, "");
        const isResuming = readOptional(fields, "resuming", readBoolean);
        const timeout = readOptional(fields, "timeout", readInteger);
        if (isResuming !== undefined) session.isResuming = isResuming;
        if (timeout !== undefined) session.timeoutSeconds = Math.min(Math.max(timeout, 0), maxTimeoutSeconds);
        return { status: 200, body: { resuming: session.isResuming, timeout: session.timeoutSeconds } };
      },
    },
  ];
}
