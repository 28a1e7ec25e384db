import {
  type Channel as ChannelData,
  checkPush,
  type Group as GroupData,
  isPushName,
  type Packet,
  type Permissions,
  type PushFields,
  type PushName,
  Status,
  type User as UserData,
} from "@asterite/aster-protocol";
import { decodeBase64 } from "../base64.ts";
import type { ServerEventMap } from "../events.ts";
import {
  Channel,
  type ChannelServer,
  type Message,
  type MessageData,
  updateChannel,
} from "../models/channel.ts";
import { Emoji } from "../models/emoji.ts";
import { Group, updateGroup } from "../models/group.ts";
import type { User } from "../models/user.ts";
import { type MessageOrigin, Messages } from "./messages.ts";
import type { CacheOptions } from "./options.ts";
import { Users } from "./users.ts";

type PacketHandlers = { readonly [Name in PushName]?: (fields: PushFields<Name>) => void };

/** Emits an event of the server. */
type EmitEvent = <Name extends keyof ServerEventMap>(name: Name, ...args: ServerEventMap[Name]) => void;

/**
 * Cached data of one server, updated from its packets. A reply and a push of the same name have the same
 * meaning and are handled alike. Model objects keep their identity across updates.
 */
export class Cache {
  readonly users: Users;
  readonly messages: Messages;
  channels: ReadonlyMap<number, Channel> = new Map();
  groups: ReadonlyMap<number, Group> = new Map();
  emoji: readonly Emoji[] = [];
  online: readonly number[] = [];
  name = "";
  icon: Uint8Array = new Uint8Array();
  readonly #server: ChannelServer;
  readonly #emit: EmitEvent;
  readonly #onReadable: (channel: number, messages: number) => void;
  #basePermissions: Permissions | undefined;
  /** Last data received under each name, as JSON, to detect changes. */
  readonly #lastData = new Map<PushName, string>();

  /** @param onReadable - Called with a channel that is readable again, and the number of messages it had. */
  constructor(
    server: ChannelServer,
    options: Required<CacheOptions>,
    emit: EmitEvent,
    onReadable: (channel: number, messages: number) => void = () => {},
  ) {
    this.#server = server;
    this.#emit = emit;
    this.#onReadable = onReadable;
    this.users = new Users(options.users);
    this.messages = new Messages(options.messagesPerChannel);
  }

  /** Base permissions of every account; undefined until known. */
  get basePermissions(): Permissions | undefined {
    return this.#basePermissions;
  }

  set basePermissions(permissions: Permissions) {
    this.#basePermissions = permissions;
    this.#updateReadable();
  }

  readonly #handlers: PacketHandlers = {
    get_metadata: ({ data }) => {
      for (const user of data) this.upsertUser(user);
      this.#updateReadable();
    },
    list_channels: ({ data }) => {
      this.#replaceChannels(data);
      if (this.#hasChanged("list_channels", data)) {
        this.#emit("channels", [...this.channels.values()], this.#server);
      }
    },
    list_groups: ({ data }) => {
      this.#replaceGroups(data);
      this.#updateReadable();
      if (this.#hasChanged("list_groups", data)) {
        this.#emit("groups", [...this.groups.values()], this.#server);
      }
    },
    list_emoji: ({ data }) => {
      if (!this.#hasChanged("list_emoji", data)) return;
      this.#replaceEmoji(data);
      this.#emit("emoji", this.emoji, this.#server);
    },
    online: ({ data }) => this.#replaceOnline(data),
    presence: ({ came, left }) => this.#applyPresence(came, left),
    get_name: ({ data }) => {
      if (data === this.name) return;
      this.name = data;
      this.#emit("serverUpdate", this.#server);
    },
    get_icon: ({ data }) => {
      if (!this.#hasChanged("get_icon", data)) return;
      this.icon = decodeBase64(data);
      this.#emit("serverUpdate", this.#server);
    },
  };

  /**
   * Updates the cache from a packet. Malformed packets are ignored, so that no server can crash its clients.
   */
  applyPacket(packet: Packet): void {
    // Applied here, in order with the pushes, like the reply to `get_metadata`, which looks like a push.
    const command = packet.command === "list_users" ? "get_metadata" : packet.command;
    if (packet.status !== Status.Ok || !isPushName(command)) return;
    // The table pairs each name with its own fields, which the compiler cannot follow through a lookup.
    const handle = this.#handlers[command] as ((fields: unknown) => void) | undefined;
    if (!handle) return;
    const checked = checkPush(command, packet);
    if (checked.ok) handle(checked.value);
  }

  /** Adds or updates an account, and emits `userUpdate` if that changed it. */
  upsertUser(data: UserData): User {
    const { user, isChanged } = this.users.upsert(data, this.#server.selfUuid);
    if (isChanged) this.#emit("userUpdate", user, this.#server);
    return user;
  }

  /** Returns the object of a message, and caches it if there is room. */
  upsertMessage(data: MessageData, origin: MessageOrigin): Message {
    const author = this.users.getOrPlaceholder(data.author_uuid);
    return this.messages.upsert(data, author, this.getChannelOrPlaceholder(data.channel_uuid), origin);
  }

  /** Returns the cached channel, or a new one without a name. */
  getChannelOrPlaceholder(uuid: number): Channel {
    const placeholder = { uuid, name: "", position: 0, permissions: {} };
    return this.channels.get(uuid) ?? new Channel(this.#server, placeholder);
  }

  #hasChanged(name: PushName, data: unknown): boolean {
    const text = JSON.stringify(data);
    if (this.#lastData.get(name) === text) return false;
    this.#lastData.set(name, text);
    return true;
  }

  #replaceChannels(list: readonly ChannelData[]): void {
    const channels = new Map<number, Channel>();
    for (const data of list) {
      const cached = this.channels.get(data.uuid);
      if (cached) updateChannel(cached, data);
      channels.set(data.uuid, cached ?? new Channel(this.#server, data));
    }
    this.channels = channels;
    this.#updateReadable();
  }

  /** Drops the messages of channels that the account may no longer read: their edits and deletions are missed. */
  #updateReadable(): void {
    const { selfUuid } = this.#server;
    const readable = [...this.channels.values()].filter(
      (channel) => selfUuid === undefined || channel.permissionsFor(selfUuid).get("read_messages") !== "deny",
    );
    const returned = this.messages.setChannels(readable.map(({ uuid }) => uuid));
    for (const [uuid, count] of returned) this.#onReadable(uuid, count);
  }

  #replaceGroups(list: readonly GroupData[]): void {
    const groups = new Map<number, Group>();
    for (const data of list) {
      const cached = this.groups.get(data.uuid);
      if (cached) updateGroup(cached, data);
      groups.set(data.uuid, cached ?? new Group(this.#server, data));
    }
    this.groups = groups;
  }

  #replaceEmoji(list: readonly (readonly [name: string, uuid: number])[]): void {
    const cached = new Map(this.emoji.map((emoji) => [emoji.uuid, emoji]));
    this.emoji = list.map(([name, uuid]) => {
      const emoji = cached.get(uuid);
      return emoji?.name === name ? emoji : new Emoji(name, uuid, undefined, this.#server);
    });
  }

  #replaceOnline(data: readonly number[]): void {
    const before = new Set(this.online);
    const now = new Set(data);
    const came = [...now].filter((uuid) => !before.has(uuid));
    const left = [...before].filter((uuid) => !now.has(uuid));
    this.#setOnline(now, came, left);
  }

  /** Applies a change to the online list. The server may send the same change twice. */
  #applyPresence(coming: readonly number[], leaving: readonly number[]): void {
    const now = new Set(this.online);
    const left = leaving.filter((uuid) => now.delete(uuid));
    const came = [...new Set(coming)].filter((uuid) => !now.has(uuid));
    for (const uuid of came) now.add(uuid);
    this.#setOnline(now, came, left);
  }

  #setOnline(now: ReadonlySet<number>, came: readonly number[], left: readonly number[]): void {
    this.online = [...now];
    if (came.length + left.length > 0) {
      this.#emit("presence", { online: this.online, came, left }, this.#server);
    }
  }
}
