import {
  type Channel as ChannelData,
  checkPush,
  isPushName,
  type Packet,
  type PushFields,
  type PushName,
  Status,
  type User as UserData,
} from "@asterite/aster-protocol";
import { decodeBase64 } from "./base64.ts";
import { Channel, updateChannel } from "./models/channel.ts";
import { User, updateUser } from "./models/user.ts";
import type { Server } from "./server.ts";

type Appliers = { readonly [Name in PushName]?: (fields: PushFields<Name>) => void };

/**
 * What is known of a server. Replies and pushes of one name mean the same, so both keep it up to date; an
 * object stays the same while what it stands for changes.
 */
export class Cache {
  readonly users = new Map<number, User>();
  channels: ReadonlyMap<number, Channel> = new Map();
  online: readonly number[] = [];
  name = "";
  icon: Uint8Array = new Uint8Array();
  readonly #server: Server;
  readonly #appliers: Appliers = {
    get_metadata: ({ data }) => data.forEach((user) => void this.keepUser(user)),
    list_channels: ({ data }) => this.#keepChannels(data),
    online: ({ data }) => {
      this.online = data;
    },
    get_name: ({ data }) => {
      this.name = data;
    },
    get_icon: ({ data }) => {
      this.icon = decodeBase64(data);
    },
  };

  constructor(server: Server) {
    this.#server = server;
  }

  /** Learns from a packet. What the protocol does not allow is passed over: no server may end its clients. */
  learn(packet: Packet): void {
    const { command, status } = packet;
    if (status !== Status.Ok || !isPushName(command)) return;
    // The table pairs each name with its own fields, which the compiler cannot follow through a lookup.
    const apply = this.#appliers[command] as ((fields: unknown) => void) | undefined;
    if (!apply) return;
    const checked = checkPush(command, packet);
    if (checked.ok) apply(checked.value);
  }

  keepUser(data: UserData): User {
    const known = this.users.get(data.uuid);
    if (known) {
      updateUser(known, data);
      return known;
    }
    const user = new User(data);
    this.users.set(data.uuid, user);
    return user;
  }

  /** The account, or a nameless one in its place. */
  userOrUnknown(uuid: number): User {
    return this.users.get(uuid) ?? new User({ uuid, name: "", pfp: "", groups: [], group_uuid: 0 });
  }

  /** The channel, or a nameless one in its place. */
  channelOrUnknown(uuid: number): Channel {
    const unknown = { uuid, name: "", position: 0, permissions: {} };
    return this.channels.get(uuid) ?? new Channel(this.#server, unknown);
  }

  #keepChannels(list: readonly ChannelData[]): void {
    const channels = new Map<number, Channel>();
    for (const data of list) {
      const known = this.channels.get(data.uuid);
      if (known) updateChannel(known, data);
      channels.set(data.uuid, known ?? new Channel(this.#server, data));
    }
    this.channels = channels;
  }
}
