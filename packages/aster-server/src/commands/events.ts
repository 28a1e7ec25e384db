import { type Message, type Packet, Status } from "@asterite/aster-protocol";
import { OutgoingPacket } from "../hub/outgoing-packet.ts";
import type { StoreAccess, StoredEvent } from "../store/store.ts";
import { wireGroups } from "./announce.ts";
import { type Call, type HandlerTable, refuse } from "./handler.ts";
import { wireChannels, wireUser } from "./wire-format.ts";

/** Most log entries read for one reply. */
const entriesPerReply = 1000;

type EventsCall = Call<"events_after">;
type Fields = Readonly<Record<string, unknown>>;

/**
 * What an event tells now: the log names what changed, and the present state of that is the truth. Undefined
 * where there is nothing left to tell, or the user may not know.
 */
async function fieldsOf(
  call: EventsCall,
  tx: StoreAccess,
  event: StoredEvent,
  messages: ReadonlyMap<number, Message>,
): Promise<Fields | undefined> {
  const { type: kind, channel, subject } = event;
  const { access, identity } = call.server;
  if (channel !== null && !access.mayRead(channel, call.user)) return undefined;
  switch (kind) {
    case "content":
      return messages.get(subject ?? 0);
    case "message_edited": {
      const message = messages.get(subject ?? 0);
      return message && { message: message.uuid, new_content: message.content, channel_uuid: channel };
    }
    case "message_deleted":
      return { message: subject, channel_uuid: channel };
    case "get_metadata": {
      const user = await tx.accounts.get(subject ?? 0);
      return user && { data: [wireUser(user)] };
    }
    case "list_channels":
      return { data: wireChannels(access, call.user) };
    case "list_groups":
      return { data: wireGroups(access) };
    case "list_emoji":
      return { data: (await tx.server.listEmoji()).map(({ name, uuid }) => [name, uuid]) };
    case "get_name":
      return { data: identity.name };
    case "get_icon":
      return { data: identity.icon };
    case "cut_user":
      return undefined;
  }
}

/** The messages whose present text events tell, each once. */
export const messagesOf = (events: readonly StoredEvent[]): number[] => [
  ...new Set(
    events
      .filter(({ type: kind }) => kind === "content" || kind === "message_edited")
      .map(({ subject }) => subject ?? 0),
  ),
];

/** Of events that tell a whole state, only the last one of a reply has anything to say. */
function withoutRepetitions(events: readonly StoredEvent[]): StoredEvent[] {
  const last = new Map<string, number>();
  const keyOf = ({ type: kind, subject }: StoredEvent): string => `${kind}:${subject}`;
  for (const event of events) last.set(keyOf(event), event.seq);
  return events.filter((event) => last.get(keyOf(event)) === event.seq);
}

/** Catching up after a lost connection. */
export const eventCommands = {
  events_after: {
    read: async (call, tx) => {
      const { catchUps, access, identity } = call.server;
      const { cursor, limit } = call.fields;
      const count = Math.min(Math.max(1, limit), entriesPerReply);
      const moment = { newest: await tx.events.newestSeq(), access, identity };
      // The same for all who see and read the same channels.
      const question = `${cursor} ${count} ${access.viewOf(call.user)}`;
      const same = catchUps.find(moment, question);
      if (same) return same;
      const found = await tx.events.readAfter(cursor, count + 1);
      if (!found) return refuse(Status.NotFound);
      const page = found.slice(0, count);
      const messages = await tx.messages.getMany(messagesOf(page));
      const events: Packet[] = [];
      for (const event of withoutRepetitions(page)) {
        const fields = await fieldsOf(call, tx, event, messages);
        if (fields) events.push({ ...fields, command: event.type, status: Status.Ok, seq: event.seq });
      }
      const fields = { events, cursor: page.at(-1)?.seq ?? cursor, more: found.length > count };
      const answer = new OutgoingPacket({ ...fields, command: "events_after", status: Status.Ok });
      call.afterCommit(() => catchUps.keep(moment, question, answer));
      return answer;
    },
  },
} satisfies HandlerTable;
