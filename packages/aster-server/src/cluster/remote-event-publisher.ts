import type { Message } from "@asterite/aster-protocol";
import { Access } from "../access.ts";
import { wireGroups } from "../commands/announce.ts";
import { messagesOf } from "../commands/events.ts";
import type { ServerContext } from "../commands/handler.ts";
import { wireChannels, wireUser } from "../commands/wire-format.ts";
import type { Hub } from "../hub/hub.ts";
import { push } from "../hub/outgoing-packet.ts";
import type { StoreAccess, StoredEvent, StoredUser } from "../store/store.ts";
import type { AddressedPacket, CommitNotice } from "./commit-notice.ts";

/** What is needed to tell of events that others have committed. */
export interface Telling {
  readonly server: Pick<ServerContext, "access" | "identity">;
  readonly read: StoreAccess;
  /** The connections of this process. */
  readonly local: Hub;
  /** The name that this server was started with, which is stronger than the one in the database. */
  readonly givenName: string | undefined;
  /** The same for its icon. */
  readonly hasGivenIcon: boolean;
}

/** What was read from the database to tell of some events. */
interface Facts {
  readonly messages: ReadonlyMap<number, Message>;
  readonly users: ReadonlyMap<number, StoredUser>;
  readonly emoji: readonly { uuid: number; name: string }[];
}

const changesAccess = ({ type: kind }: StoredEvent): boolean =>
  kind === "list_channels" || kind === "list_groups";

/** Everything is read first, so that either all of the events are told or none. */
async function gather(telling: Telling, events: readonly StoredEvent[]): Promise<Facts> {
  const { read } = telling;
  const users = new Map<number, StoredUser>();
  for (const { type: kind, subject } of events) {
    if (kind !== "get_metadata" || subject === null || users.has(subject)) continue;
    const user = await read.accounts.get(subject);
    if (user) users.set(subject, user);
  }
  return {
    messages: await read.messages.getMany(messagesOf(events)),
    users,
    emoji: events.some(({ type: kind }) => kind === "list_emoji") ? await read.server.listEmoji() : [],
  };
}

/** Puts what commands are decided by and answered with in the place of what it was before the events. */
async function renew({ server, read, givenName, hasGivenIcon }: Telling, events: readonly StoredEvent[]) {
  const access = events.some(changesAccess) ? new Access(await read.readAccessRules()) : server.access;
  const isRenamed = events.some(({ type: kind }) => kind === "get_name" || kind === "get_icon");
  const stored = isRenamed ? await read.server.get() : undefined;
  return (): void => {
    server.access = access;
    if (!stored) return;
    server.identity = {
      name: givenName ?? stored.name,
      icon: hasGivenIcon ? server.identity.icon : Buffer.from(stored.icon).toString("base64"),
    };
  };
}

/** Makes the push of an event from what is true now, as for clients that catch up. */
function pushOf(
  event: StoredEvent,
  { messages, users, emoji }: Facts,
  { server }: Telling,
): AddressedPacket | undefined {
  const { type: kind, seq, subject } = event;
  const everyone = { kind: "everyone" } as const;
  const readers = { kind: "readers", channel: event.channel ?? 0 } as const;
  const message = messages.get(subject ?? 0);
  switch (kind) {
    case "content":
      return message && { audience: readers, packet: push("content", message, seq) };
    case "message_edited":
      return (
        message && {
          audience: readers,
          packet: push(
            "message_edited",
            { message: message.uuid, new_content: message.content, channel_uuid: message.channel_uuid },
            seq,
          ),
        }
      );
    case "message_deleted": {
      const fields = { message: subject ?? 0, channel_uuid: readers.channel };
      return { audience: readers, packet: push("message_deleted", fields, seq) };
    }
    case "get_metadata": {
      const user = users.get(subject ?? 0);
      return user && { audience: everyone, packet: push("get_metadata", { data: [wireUser(user)] }, seq) };
    }
    case "list_groups":
      return {
        audience: { kind: "users", extension: "groups" },
        packet: push("list_groups", { data: wireGroups(server.access) }, seq),
      };
    case "list_emoji": {
      const data = emoji.map(({ name, uuid }): [string, number] => [name, uuid]);
      return { audience: { ...everyone, extension: "admin" }, packet: push("list_emoji", { data }, seq) };
    }
    case "get_name":
      return {
        audience: { ...everyone, extension: "admin" },
        packet: push("get_name", { data: server.identity.name }, seq),
      };
    case "get_icon":
      return {
        audience: { ...everyone, extension: "admin" },
        packet: push("get_icon", { data: server.identity.icon }, seq),
      };
    case "list_channels":
    case "cut_user":
      return undefined;
  }
}

/**
 * Tells the connections of this process of events that another one has committed, in their order: with the very
 * packets that the other made where a hint brings them, else with what the database says.
 */
export async function tellEvents(
  telling: Telling,
  events: readonly StoredEvent[],
  hint?: CommitNotice,
): Promise<void> {
  const given = new Map<number, AddressedPacket[]>();
  for (const addressed of hint?.packets ?? []) {
    const { seq } = addressed.packet;
    if (seq === undefined) continue;
    const others = given.get(seq);
    if (others) others.push(addressed);
    else given.set(seq, [addressed]);
  }
  const unknown = events.filter(({ seq }) => !given.has(seq));
  const facts = await gather(telling, unknown);
  const replace = await renew(telling, events);
  replace();
  const { local, server } = telling;
  const lastList = events.findLast(({ type: kind }) => kind === "list_channels")?.seq;
  for (const event of events) {
    const made = given.get(event.seq) ?? [pushOf(event, facts, telling)];
    for (const one of made) if (one) local.publish(one.audience, one.packet);
    if (event.seq === lastList) {
      const { access } = server;
      local.publishToEach((user) => push("list_channels", { data: wireChannels(access, user) }, event.seq));
    }
    if (event.type === "cut_user" && event.subject !== null) local.cutUser(event.subject, "account closed");
  }
}
