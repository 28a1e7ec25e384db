import { type InvocationAnswerPush, type InvocationPush, Status } from "@asterite/aster-protocol";
import { isRecord } from "@asterite/util";
import { type ChannelStateTable, commandsKey } from "../hub/channel-states.ts";
import { OutgoingPacket } from "../hub/outgoing-packet.ts";
import type { HandlerTable } from "./handler.ts";
import { refuse, refuseText } from "./refusals.ts";

/** Maximum length of the arguments, in UTF-16 code units. */
const maxArgumentsLength = 4_000;
/** Time in which a bot can answer an invocation, in ms. */
const lifetimeMs = 15 * 60_000;

/** Returns whether a bot accepts commands in a channel, which it publishes there as long as it is connected. */
const accepts = (states: ChannelStateTable, channel: number, bot: number): boolean =>
  states
    .list(channel)
    .some(
      ({ key, author_uuid: author, value }) =>
        key === commandsKey && author === bot && isRecord(value) && value["invoke"] === true,
    );

const toPacket = <Name extends "invocation" | "invocation_answer">(
  command: Name,
  fields: Name extends "invocation" ? InvocationPush : InvocationAnswerPush,
): OutgoingPacket => new OutgoingPacket({ ...fields, command, status: Status.Ok });

/** Commands for bots that stay out of the channel. */
export const invocationCommands = {
  invoke: {
    read: (call) => {
      const { bot, channel, id, name, arguments: text } = call.fields;
      const { access, states, invocations, now } = call.server;
      if (text.length > maxArgumentsLength) return refuse.tooLong("arguments", maxArgumentsLength);
      if (!access.canRead(channel, call.user)) return refuse.unknown("channel");
      if (!access.allowsIn(channel, call.user, "send_messages")) return refuse.permission("send_messages");
      if (!access.canRead(channel, bot) || !accepts(states, channel, bot)) {
        return refuse.conflict("bot_unavailable");
      }
      const nowMs = now();
      const invocation = invocations.create(
        { user: call.user, bot, channel, id, expires: nowMs + lifetimeMs },
        nowMs,
      );
      call.publish(
        { type: "user", user: bot, extension: "invoke" },
        toPacket("invocation", { invocation, channel, author_uuid: call.user, name, arguments: text }),
      );
      return {};
    },
  },

  answer_invocation: {
    read: (call) => {
      const { invocation, content } = call.fields;
      const { access, invocations, now, settings } = call.server;
      const grant = invocations.read(invocation, now());
      if (grant?.bot !== call.user) return refuse.unknown("invocation");
      const refused = refuseText("content", content, settings.limits.content);
      if (refused) return refused;
      const { user, channel, id } = grant;
      if (!access.canRead(channel, user)) return refuse.unknown("invocation");
      call.publish(
        { type: "user", user, extension: "invoke" },
        toPacket("invocation_answer", { id, channel, author_uuid: call.user, content }),
      );
      return {};
    },
  },
} satisfies HandlerTable;
