import { Status } from "@asterite/aster-protocol";
import { push } from "../hub/outgoing-packet.ts";
import { exclusive, type HandlerTable, refuse } from "./handler.ts";

/** Largest published value, in characters of its JSON text. */
const maxValueLength = 16_384;
/** How often a client may say again that its user is typing. */
const typingCooldownMs = 3000;

/** What is true only while a client is connected: published values, and who is typing. */
export const presenceCommands = {
  set_channel_state: exclusive((call) => {
    const { channel, key, value } = call.fields;
    const { access, states } = call.server;
    if (JSON.stringify(value).length > maxValueLength) return refuse(Status.Malformed);
    if (!access.canSee(channel, call.user)) return refuse(Status.NotFound);
    if (!access.allowsIn(channel, call.user, "send_messages")) return refuse(Status.Forbidden);
    const state = { channel, key, value, author_uuid: call.user };
    if (!states.set(state, call.session.id)) return refuse(Status.Conflict);
    call.publish({ kind: "readers", channel, extension: "state" }, push("channel_state", state));
    return {};
  }),

  list_channel_state: {
    read: ({ fields, server, user }) =>
      server.access.canRead(fields.channel, user)
        ? { data: server.states.list(fields.channel) }
        : refuse(Status.NotFound),
  },

  typing: {
    read: (call) => {
      const { channel } = call.fields;
      const { access, cooldowns: pace, now } = call.server;
      if (!access.canSee(channel, call.user)) return refuse(Status.NotFound);
      if (!access.allowsIn(channel, call.user, "send_messages")) return refuse(Status.Forbidden);
      const key = `typing:${call.user}:${channel}`;
      if (pace.remainingMs(key, now()) > 0) return {};
      pace.start(key, typingCooldownMs, now());
      const packet = push("typing", { channel, author_uuid: call.user });
      call.publish(
        { kind: "readers", channel, extension: "typing", exceptConnection: call.session.id },
        packet,
      );
      return {};
    },
  },
} satisfies HandlerTable;
