import { type Packet, Status } from "@asterite/aster-protocol";
import { type FiledMessage, shownMessage, withFiles } from "../files/files.ts";
import { OutgoingPacket } from "../hub/outgoing-packet.ts";
import { maxPageBytes } from "../store/limits.ts";
import type { StoreAccess, StoredEvent, StoredUser } from "../store/store.ts";
import { toWireGroups } from "./announce.ts";
import type { Call, HandlerTable } from "./handler.ts";
import { refuse } from "./refusals.ts";
import { keyOfForm, toWireChannels, toWireUser, type UserForm, userFormFor } from "./wire-format.ts";

/** Limit of events in one reply. */
const maxEventsPerReply = 1000;
/** Events whose subjects are read before their size is counted. */
const eventsPerRead = 50;

type EventsCall = Call<"events_after">;
type Fields = Readonly<Record<string, unknown>>;

/** Objects whose present state the events need. */
interface EventSubjects {
  readonly messages: ReadonlyMap<number, FiledMessage>;
  readonly users: ReadonlyMap<number, StoredUser>;
}

/** Reads the messages and accounts whose present state the events need. */
export async function readSubjects(
  read: StoreAccess,
  events: readonly StoredEvent[],
): Promise<EventSubjects> {
  const users = new Map<number, StoredUser>();
  for (const { type, subject } of events) {
    if (type !== "get_metadata" || subject === null || users.has(subject)) continue;
    const user = await read.accounts.get(subject);
    if (user) users.set(subject, user);
  }
  const found = await read.messages.getMany(messageUuidsOf(events));
  const messages = await withFiles(read, [...found.values()]);
  return { messages: new Map(messages.map((message) => [message.uuid, message])), users };
}

/** Reads the subjects of events up to the size of a reply. Returns them with the events that fit, at least one. */
async function readFitting(
  read: StoreAccess,
  events: readonly StoredEvent[],
  { hasHashes }: UserForm,
): Promise<{ readonly page: readonly StoredEvent[]; readonly subjects: EventSubjects }> {
  const messages = new Map<number, FiledMessage>();
  const users = new Map<number, StoredUser>();
  let count = 0;
  for (let bytes = 0; count < events.length && bytes < maxPageBytes; count += eventsPerRead) {
    const found = await readSubjects(read, events.slice(count, count + eventsPerRead));
    for (const [uuid, message] of found.messages) {
      bytes += Buffer.byteLength(message.content);
      messages.set(uuid, message);
    }
    for (const [uuid, user] of found.users) {
      if (!hasHashes) bytes += user.pfp.length;
      users.set(uuid, user);
    }
  }
  return { page: events.slice(0, count), subjects: { messages, users } };
}

/**
 * Returns the push fields of an event from the current state: the log stores only what has changed. Undefined
 * if the object no longer exists or the user may not see it.
 */
async function currentFieldsOf(
  call: EventsCall,
  tx: StoreAccess,
  event: StoredEvent,
  { messages, users }: EventSubjects,
): Promise<Fields | undefined> {
  const { type, channel, subject } = event;
  const { access, identity, files } = call.server;
  const found = messages.get(subject ?? 0);
  const message = found && shownMessage(files, found, call.session.extensions.has("files"));
  if (channel !== null && !access.canRead(channel, call.user)) return undefined;
  switch (type) {
    case "content":
      return message;
    case "message_edited":
      return message && { message: message.uuid, new_content: message.content, channel_uuid: channel };
    case "message_deleted":
      return { message: subject, channel_uuid: channel };
    case "get_metadata": {
      const user = users.get(subject ?? 0);
      return user && { data: [toWireUser(user, userFormFor(call.session.extensions))] };
    }
    case "list_channels":
      return { data: toWireChannels(access, call.user) };
    case "list_groups":
      return { data: toWireGroups(access) };
    case "list_emoji":
      return { data: (await tx.server.listEmoji()).map(({ name, uuid }) => [name, uuid]) };
    case "get_name":
      return { data: identity.name };
    case "get_icon":
      return { data: identity.icon };
    case "cut_user":
    case "cut_token":
      return undefined;
  }
}

/** Returns a key of how the connection sees files: links in texts end, so they are made anew every day. */
const fileFormOf = ({ server, session }: EventsCall): string => {
  if (!server.files) return "";
  return session.extensions.has("files") ? "files" : `${Math.floor(server.files.seconds / 86_400)}`;
};

/** Returns the distinct messages whose current text the events need. */
const messageUuidsOf = (events: readonly StoredEvent[]): number[] => [
  ...new Set(
    events
      .filter(({ type }) => type === "content" || type === "message_edited")
      .map(({ subject }) => subject ?? 0),
  ),
];

/** Keeps only the last of several events about the same object, since all of them carry its current state. */
function keepLatestStates(events: readonly StoredEvent[]): StoredEvent[] {
  const last = new Map<string, number>();
  const keyOf = ({ type, subject }: StoredEvent): string => `${type}:${subject}`;
  for (const event of events) last.set(keyOf(event), event.seq);
  return events.filter((event) => last.get(keyOf(event)) === event.seq);
}

/** Commands for catching up after a lost connection. */
export const eventCommands = {
  events_after: {
    read: async (call, tx) => {
      const { replayCache, access, identity } = call.server;
      const { cursor, limit, epoch } = call.fields;
      if (epoch !== undefined && epoch !== (await tx.events.readEpoch()).id) {
        return refuse.unknown("epoch");
      }
      const count = Math.min(Math.max(1, limit), maxEventsPerReply);
      const form = userFormFor(call.session.extensions);
      const version = { newest: await tx.events.newestSeq(), access, identity };
      // The reply is the same for all users who can see and read the same channels.
      const fileForm = fileFormOf(call);
      const key = `${cursor} ${count} ${access.visibilityKey(call.user)} ${fileForm}`;
      // The form of accounts makes a difference only where the events are about one.
      const keyWithForm = `${keyOfForm(form)} ${key}`;
      const cached = replayCache.get(version, key) ?? replayCache.get(version, keyWithForm);
      if (cached) return cached;
      const found = await tx.events.readAfter(cursor, count + 1);
      if (!found) return refuse.unknown("cursor");
      const { page, subjects } = await readFitting(tx, found.slice(0, count), form);
      const events: Packet[] = [];
      for (const event of keepLatestStates(page)) {
        const fields = await currentFieldsOf(call, tx, event, subjects);
        if (fields) events.push({ ...fields, command: event.type, status: Status.Ok, seq: event.seq });
      }
      const fields = { events, cursor: page.at(-1)?.seq ?? cursor, more: found.length > page.length };
      const reply = new OutgoingPacket({ ...fields, command: "events_after", status: Status.Ok });
      const hasUsers = subjects.users.size > 0;
      call.afterCommit(() => replayCache.add(version, hasUsers ? keyWithForm : key, reply));
      return reply;
    },
  },
} satisfies HandlerTable;
