import { checkPush, type Packet, Status } from "@asterite/aster-protocol";
import type { Cache } from "../cache/cache.ts";
import type { EventSink } from "../emitter.ts";
import type { ServerEventMap } from "../events.ts";
import type { ChannelServer } from "../models/channel.ts";

/** Emits the events of pushes that change no cached data: typing, channel state and read markers. */
export function emitTransientPush(
  packet: Packet,
  cache: Cache,
  server: ChannelServer,
  emitter: EventSink<ServerEventMap>,
): void {
  if (packet.status !== Status.Ok) return;
  if (packet.command === "typing") {
    const checked = checkPush("typing", packet);
    if (!checked.ok) return;
    const user = cache.users.getOrPlaceholder(checked.value.author_uuid);
    const channel = cache.getChannelOrPlaceholder(checked.value.channel);
    emitter.emit("typing", { user, channel }, server);
  } else if (packet.command === "channel_state") {
    const checked = checkPush("channel_state", packet);
    if (!checked.ok) return;
    const { channel: uuid, key, value, author_uuid: authorUuid } = checked.value;
    const channel = cache.getChannelOrPlaceholder(uuid);
    emitter.emit("channelState", { channel, key, value, authorUuid }, server);
  } else if (packet.command === "read_marker") {
    const checked = checkPush("read_marker", packet);
    if (!checked.ok) return;
    const { channel: uuid, message: messageUuid, unread } = checked.value;
    const channel = cache.getChannelOrPlaceholder(uuid);
    emitter.emit("readMarker", { channel, messageUuid, unread }, server);
  }
}
