import { checkPush, type Packet, Status } from "@asterite/aster-protocol";
import type { Cache } from "../cache/cache.ts";
import type { Emitter } from "../emitter.ts";
import type { ServerEvents } from "../events.ts";
import type { Server } from "../server.ts";

/** Tells about pushes that leave nothing behind. */
export function emitTransientPush(
  packet: Packet,
  cache: Cache,
  server: Server,
  emitter: Emitter<ServerEvents>,
): void {
  if (packet.status !== Status.Ok) return;
  if (packet.command === "typing") {
    const checked = checkPush("typing", packet);
    if (!checked.ok) return;
    const user = cache.users.getOrPlaceholder(checked.value.author_uuid);
    emitter.emit("typing", { user, channel: cache.getChannelOrPlaceholder(checked.value.channel) }, server);
  } else if (packet.command === "channel_state") {
    const checked = checkPush("channel_state", packet);
    if (!checked.ok) return;
    const { channel, key, value, author_uuid: authorUuid } = checked.value;
    const state = { channel: cache.getChannelOrPlaceholder(channel), key, value, authorUuid };
    emitter.emit("channelState", state, server);
  } else if (packet.command === "read_marker") {
    const checked = checkPush("read_marker", packet);
    if (!checked.ok) return;
    const { channel, message: messageUuid, unread } = checked.value;
    emitter.emit(
      "readMarker",
      { channel: cache.getChannelOrPlaceholder(channel), messageUuid, unread },
      server,
    );
  }
}
