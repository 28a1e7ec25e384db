import { type ChannelState, slotOf } from "../hub/channel-states.ts";
import { push } from "../hub/outgoing-packet.ts";
import type { StoreAccess } from "../store/store.ts";
import { type Call, exclusive, type HandlerTable } from "./handler.ts";
import { refuse } from "./refusals.ts";

/** Maximum length of a channel state's JSON text, in characters. */
const maxValueLength = 16_384;
/** Minimum interval between typing notifications of a user in a channel. */
const typingCooldownMs = 3000;

/** Records in the audit log that a moderator takes a key from another account. Values are text of users and not in it. */
async function recordTakeover(
  { server, session, date, user, afterCommit }: Call<"set_channel_state">,
  tx: StoreAccess,
  { channel, key, author_uuid }: ChannelState,
  isCleared: boolean,
): Promise<void> {
  await tx.audit.add({
    date,
    actor: user,
    action: "set_channel_state",
    address: session.network,
    target: `channel:${channel}`,
    result: "ok",
    before: { key, author: author_uuid },
    after: isCleared ? undefined : { key, author: user },
    isAdministrative: true,
  });
  afterCommit(() => server.audit.countAdded());
}

/** Commands on transient state: channel states and typing notifications. */
export const presenceCommands = {
  set_channel_state: exclusive(async (call, tx) => {
    const { channel, key, value } = call.fields;
    const { access, states } = call.server;
    if (JSON.stringify(value).length > maxValueLength) return refuse.tooLong("value", maxValueLength);
    if (!access.canSee(channel, call.user)) return refuse.unknown("channel");
    if (!access.allowsIn(channel, call.user, "send_messages")) return refuse.permission("send_messages");
    const isManager = access.allowsIn(channel, call.user, "manage_messages");
    if (!isManager && call.server.settings.reservedStateKeys.has(key)) {
      return refuse.permission("manage_messages");
    }
    const state = { channel, key, value, author_uuid: call.user };
    const slot = slotOf(state);
    const holder = states
      .list(channel)
      .find((held) => slotOf(held) === slot && held.author_uuid !== call.user);
    // Rolled back with a refusal.
    if (holder && isManager) await recordTakeover(call, tx, holder, value === null);
    const refused = states.set(state, { connection: call.session.id, isManager });
    if (refused !== undefined) return refuse.conflict(refused);
    call.publish({ type: "readers", channel, extension: "state" }, push("channel_state", state));
    return {};
  }),

  list_channel_state: {
    read: ({ fields, server, user }) =>
      server.access.canRead(fields.channel, user)
        ? { data: server.states.list(fields.channel) }
        : refuse.unknown("channel"),
  },

  typing: {
    read: (call) => {
      const { channel } = call.fields;
      const { access, cooldowns } = call.server;
      if (!access.canSee(channel, call.user)) return refuse.unknown("channel");
      if (!access.allowsIn(channel, call.user, "send_messages")) return refuse.permission("send_messages");
      const key = `typing:${call.user}:${channel}`;
      if (cooldowns.tryStart(key, typingCooldownMs, performance.now()) > 0) return {};
      const packet = push("typing", { channel, author_uuid: call.user });
      call.publish(
        { type: "readers", channel, extension: "typing", exceptConnection: call.session.id },
        packet,
      );
      return {};
    },
  },
} satisfies HandlerTable;
