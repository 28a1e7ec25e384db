import { push } from "../hub/outgoing-packet.ts";
import type { HandlerTable } from "./handler.ts";
import { refuse } from "./refusals.ts";

/** Commands on read markers. Messages that the user may not read are treated as nonexistent. */
export const readMarkerCommands = {
  mark_as_read: {
    write: async (call, tx) => {
      const { user, session, server } = call;
      const message = await tx.messages.get(call.fields.message);
      const channel = message?.channel_uuid ?? 0;
      // Messages of a deleted channel can still be marked as read.
      const isHidden = server.access.channel(channel) !== undefined && !server.access.canRead(channel, user);
      if (!message || isHidden) return refuse.unknown("message");
      // A device that was offline may report an older message than the others have read.
      const isMoved = await tx.readMarkers.set(user, message);
      const marker = isMoved ? await tx.readMarkers.get(user, channel) : undefined;
      if (marker) {
        const { unread, date } = marker;
        const packet = push("read_marker", { channel, message: message.uuid, unread, date });
        call.publish({ type: "user", user, extension: "markers", exceptConnection: session.id }, packet);
      }
      return {};
    },
  },

  get_num_unread: {
    prepare: async ({ user, fields, server }) => {
      if (!server.access.canRead(fields.channel, user)) return () => ({ num: 0 });
      const marker = await server.longQueries.readMarker(user, fields.channel);
      return () => ({ num: marker?.unread ?? 0 });
    },
  },

  get_last_reads: {
    prepare: async ({ user, server, session }) => {
      const markers = await server.longQueries.readMarkers(user);
      const withMessage = session.extensions.has("markers");
      const entries = markers
        .filter(({ channel }) => server.access.canRead(channel, user))
        .map(({ channel, date, unread, message }) => {
          const entry: [number, number, (number | null)?] = [date, unread];
          if (withMessage) entry[2] = message ?? null;
          return [String(channel), entry] as const;
        });
      return () => ({ last_reads: Object.fromEntries(entries) });
    },
  },
} satisfies HandlerTable;
