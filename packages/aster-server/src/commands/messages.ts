import { isBlank, Status } from "@asterite/aster-protocol";
import { push } from "../outgoing.ts";
import { type HandlerTable, refuse } from "./handler.ts";

/** Talking and reading what was said. */
export const messageCommands = {
  send: {
    write: async (call, tx) => {
      const { content, channel, reply } = call.fields;
      const access = call.server.access();
      if (isBlank(content) || content.length > call.server.settings.limits.content) {
        return refuse(Status.Malformed);
      }
      if (!access.channel(channel)) return refuse(Status.NotFound);
      if (!access.allowsIn(channel, call.user, "send_messages")) return refuse(Status.Forbidden);
      if (reply !== undefined && !(await tx.message(reply))) return refuse(Status.NotFound);
      const message = await tx.addMessage({
        content,
        author_uuid: call.user,
        channel_uuid: channel,
        date: Math.floor(call.server.now() / 1000),
        reply: reply ?? null,
      });
      call.publish({ kind: "readers", channel }, push("content", message));
      return { message: message.uuid };
    },
  },

  history: {
    read: async (call, tx) => {
      const { num, channel, before_message: before } = call.fields;
      const access = call.server.access();
      if (!access.channel(channel)) return refuse(Status.NotFound);
      if (!access.allowsIn(channel, call.user, "read_messages")) return refuse(Status.Forbidden);
      const limit = Math.min(num, call.server.settings.limits.history);
      const messages = await tx.history({ channel, limit, before });
      return messages ? { data: messages } : refuse(Status.NotFound);
    },
  },
} satisfies HandlerTable;
