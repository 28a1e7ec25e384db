import { Access } from "../access.ts";
import { replaceAccess, toWireGroups } from "../commands/announce.ts";
import { readSubjects } from "../commands/events.ts";
import { contentPushes, editPushes } from "../commands/files.ts";
import type { ServerContext } from "../commands/handler.ts";
import { toWireChannels, userPushes } from "../commands/wire-format.ts";
import type { AddressedPacket, LocalHub } from "../hub/hub.ts";
import { push } from "../hub/outgoing-packet.ts";
import type { StoreAccess, StoredEvent } from "../store/store.ts";
import type { CommitNotice } from "./commit-notice.ts";
import type { EventPublisher } from "./log-follower.ts";

/** Server state that events of other processes replace. */
type PublishedState = Pick<ServerContext, "access" | "accounts" | "files" | "identity" | "states" | "hub">;

/** Dependencies of a {@link RemoteEventPublisher}. */
export interface RemoteEventPublisherOptions {
  readonly server: PublishedState;
  readonly read: StoreAccess;
  /** Connections of this process. */
  readonly local: LocalHub;
  /** Name from the server's options; takes precedence over the one in the database. */
  readonly configuredName: string | undefined;
  /** Whether the server's options set an icon; it takes precedence over the one in the database. */
  readonly hasConfiguredIcon: boolean;
}

/** Rows that the pushes of some events are built from. */
type PushSources = Awaited<ReturnType<typeof readSources>>;

const changesAccess = ({ type }: StoredEvent): boolean => type === "list_channels" || type === "list_groups";

async function readSources(read: StoreAccess, events: readonly StoredEvent[]) {
  return {
    ...(await readSubjects(read, events)),
    emoji: events.some(({ type }) => type === "list_emoji") ? await read.server.listEmoji() : [],
  };
}

/**
 * Builds the pushes of an event from the present state, as for clients that catch up. Returns none if the
 * subject is gone, or if the event needs a push of its own for each receiver.
 */
function createPushes(
  event: StoredEvent,
  { messages, users, emoji }: PushSources,
  server: PublishedState,
): AddressedPacket[] {
  const { type, seq, subject } = event;
  const everyone = { type: "everyone" } as const;
  const readers = { type: "readers", channel: event.channel ?? 0 } as const;
  const message = messages.get(subject ?? 0);
  switch (type) {
    case "content":
      return message ? contentPushes(server.files, message, seq) : [];
    case "message_edited":
      return message ? editPushes(server.files, message, seq) : [];
    case "message_deleted": {
      const fields = { message: subject ?? 0, channel_uuid: readers.channel };
      return [{ audience: readers, packet: push("message_deleted", fields, seq) }];
    }
    case "get_metadata": {
      const user = users.get(subject ?? 0);
      return user ? userPushes(user, seq) : [];
    }
    case "list_groups":
      return [
        {
          audience: { type: "users", extension: "groups" },
          packet: push("list_groups", { data: toWireGroups(server.access) }, seq),
        },
      ];
    case "list_emoji": {
      const data = emoji.map(({ name, uuid }): [string, number] => [name, uuid]);
      return [{ audience: { ...everyone, extension: "admin" }, packet: push("list_emoji", { data }, seq) }];
    }
    case "get_name":
      return [
        {
          audience: { ...everyone, extension: "admin" },
          packet: push("get_name", { data: server.identity.name }, seq),
        },
      ];
    case "get_icon":
      return [
        {
          audience: { ...everyone, extension: "admin" },
          packet: push("get_icon", { data: server.identity.icon }, seq),
        },
      ];
    case "list_channels":
    case "cut_user":
    case "cut_token":
      return [];
  }
}

function packetsBySeq(notice: CommitNotice | undefined): Map<number, AddressedPacket[]> {
  const packets = new Map<number, AddressedPacket[]>();
  for (const addressed of notice?.packets ?? []) {
    const { seq } = addressed.packet;
    if (seq === undefined) continue;
    const sameSeq = packets.get(seq);
    if (sameSeq) sameSeq.push(addressed);
    else packets.set(seq, [addressed]);
  }
  return packets;
}

/** Publishes events that other processes committed to the connections of this one. */
export class RemoteEventPublisher implements EventPublisher {
  readonly #options: RemoteEventPublisherOptions;

  constructor(options: RemoteEventPublisherOptions) {
    this.#options = options;
  }

  /**
   * Publishes events in their order: with the packets of the commit notice where it has them, otherwise with
   * packets built from the database. Reads all rows before it publishes, so it publishes either all events or
   * none.
   */
  async publish(events: readonly StoredEvent[], notice?: CommitNotice): Promise<void> {
    const { server, read, local } = this.#options;
    const received = packetsBySeq(notice);
    // Changed accounts are also needed as rows.
    const withoutPackets = events.filter(({ seq, type }) => !received.has(seq) || type === "get_metadata");
    const sources = await readSources(read, withoutPackets);
    const replaceState = await this.#readState(events);
    replaceState();
    const lastList = events.findLast(({ type }) => type === "list_channels")?.seq;
    for (const event of events) {
      const packets = received.get(event.seq) ?? createPushes(event, sources, server);
      const user = event.type === "get_metadata" ? sources.users.get(event.subject ?? 0) : undefined;
      if (user) server.accounts.set(user);
      for (const { audience, packet } of packets) local.publish(audience, packet);
      if (event.seq === lastList) {
        const { access } = server;
        local.publishToEach((user) =>
          push("list_channels", { data: toWireChannels(access, user) }, event.seq),
        );
      }
      if (event.type === "cut_user" && event.subject !== null)
        local.disconnectUser(event.subject, "sessions ended");
      if (event.type === "cut_token" && event.subject !== null)
        local.disconnectToken(event.subject, "token revoked");
    }
  }

  /** Reloads access rules and accounts and closes every connection, so that clients reload after events were lost. */
  async reload(): Promise<void> {
    const { server, read, local } = this.#options;
    replaceAccess(server, new Access(await read.readAccessRules()));
    await server.accounts.load(read.accounts);
    local.disconnectAll("events are gone");
  }

  /**
   * Reads the server state that the events changed; the returned function puts it in place without waiting.
   */
  async #readState(events: readonly StoredEvent[]): Promise<() => void> {
    const { server, read, configuredName, hasConfiguredIcon } = this.#options;
    const access = events.some(changesAccess) ? new Access(await read.readAccessRules()) : server.access;
    const isRenamed = events.some(({ type }) => type === "get_name" || type === "get_icon");
    const stored = isRenamed ? await read.server.get() : undefined;
    return (): void => {
      if (access !== server.access) replaceAccess(server, access);
      if (!stored) return;
      server.identity = {
        name: configuredName ?? stored.name,
        icon: hasConfiguredIcon ? server.identity.icon : Buffer.from(stored.icon).toString("base64"),
      };
    };
  }
}
