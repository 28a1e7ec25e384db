import {
  type Channel as ChannelData,
  checkPush,
  type Group as GroupData,
  isPushName,
  type Message as MessageData,
  type Packet,
  type PushFields,
  type PushName,
  Status,
  type User as UserData,
} from "@asterite/aster-protocol";
import { decodeBase64 } from "../base64.ts";
import type { ServerEvents } from "../events.ts";
import { Channel, updateChannel } from "../models/channel.ts";
import { Emoji } from "../models/emoji.ts";
import { Group, updateGroup } from "../models/group.ts";
import type { Message } from "../models/message.ts";
import type { User } from "../models/user.ts";
import type { Server } from "../server.ts";
import { Messages } from "./messages.ts";
import type { CacheOptions } from "./options.ts";
import { Users } from "./users.ts";

type Appliers = { readonly [Name in PushName]?: (fields: PushFields<Name>) => void };

/** Tells about a change; only what changes after the first loading is news. */
export type EmitEvent = <Name extends keyof ServerEvents>(name: Name, ...args: ServerEvents[Name]) => void;

/**
 * What is known of a server. Replies and pushes of one name mean the same, so both keep it up to date; an
 * object stays the same while what it stands for changes.
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
  readonly #server: Server;
  readonly #emit: EmitEvent;
  /** What was last seen of each complete list, to tell whether a packet is news. */
  readonly #lastLists = new Map<PushName, string>();

  constructor(server: Server, options: Required<CacheOptions>, announce: EmitEvent) {
    this.#server = server;
    this.#emit = announce;
    this.users = new Users(options.users);
    this.messages = new Messages(options.messagesPerChannel);
  }

  readonly #appliers: Appliers = {
    get_metadata: ({ data }) => {
      for (const user of data) this.upsertUser(user);
    },
    list_channels: ({ data }) => {
      this.#replaceChannels(data);
      if (this.#hasChanged("list_channels", data)) {
        this.#emit("channels", [...this.channels.values()], this.#server);
      }
    },
    list_groups: ({ data }) => {
      this.#replaceGroups(data);
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
      this.name = data;
    },
    get_icon: ({ data }) => {
      this.icon = decodeBase64(data);
    },
  };

  /** Learns from a packet. What the protocol does not allow is passed over: no server may end its clients. */
  applyPacket(packet: Packet): void {
    const { command, status } = packet;
    if (status !== Status.Ok || !isPushName(command)) return;
    // The table pairs each name with its own fields, which the compiler cannot follow through a lookup.
    const apply = this.#appliers[command] as ((fields: unknown) => void) | undefined;
    if (!apply) return;
    const checked = checkPush(command, packet);
    if (checked.ok) apply(checked.value);
  }

  upsertUser(data: UserData): User {
    const { user, isNews } = this.users.upsert(data, this.#server.selfUuid);
    if (isNews) this.#emit("userUpdate", user, this.#server);
    return user;
  }

  upsertMessage(data: MessageData, from: "push" | "history"): Message {
    const author = this.users.getOrPlaceholder(data.author_uuid);
    return this.messages.upsert(data, author, this.getChannelOrPlaceholder(data.channel_uuid), from);
  }

  /** The channel, or a nameless one in its place. */
  getChannelOrPlaceholder(uuid: number): Channel {
    const unknown = { uuid, name: "", position: 0, permissions: {} };
    return this.channels.get(uuid) ?? new Channel(this.#server, unknown);
  }

  #hasChanged(name: PushName, data: unknown): boolean {
    const text = JSON.stringify(data);
    if (this.#lastLists.get(name) === text) return false;
    this.#lastLists.set(name, text);
    return true;
  }

  #replaceChannels(list: readonly ChannelData[]): void {
    const channels = new Map<number, Channel>();
    for (const data of list) {
      const known = this.channels.get(data.uuid);
      if (known) updateChannel(known, data);
      channels.set(data.uuid, known ?? new Channel(this.#server, data));
    }
    this.channels = channels;
    this.messages.setChannels(channels.keys());
  }

  #replaceGroups(list: readonly GroupData[]): void {
    const groups = new Map<number, Group>();
    for (const data of list) {
      const known = this.groups.get(data.uuid);
      if (known) updateGroup(known, data);
      groups.set(data.uuid, known ?? new Group(this.#server, data));
    }
    this.groups = groups;
  }

  #replaceEmoji(list: readonly (readonly [name: string, uuid: number])[]): void {
    const known = new Map(this.emoji.map((emoji) => [emoji.uuid, emoji]));
    this.emoji = list.map(([name, uuid]) => {
      const emoji = known.get(uuid);
      return emoji?.name === name ? emoji : new Emoji(uuid, name, undefined, this.#server);
    });
  }

  #replaceOnline(data: readonly number[]): void {
    const before = new Set(this.online);
    const now = new Set(data);
    const came = [...now].filter((uuid) => !before.has(uuid));
    const left = [...before].filter((uuid) => !now.has(uuid));
    this.#setOnline(now, came, left);
  }

  /** Changes to the list that was asked for; one may be told twice. */
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
