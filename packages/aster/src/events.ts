import type { Packet } from "@asterite/aster-protocol";
import type { AsterError } from "./errors.ts";
import type { Channel, ChannelServer, ChannelState, Message } from "./models/channel.ts";
import type { Emoji } from "./models/emoji.ts";
import type { Group } from "./models/group.ts";
import type { User } from "./models/user.ts";
import type { SessionStatus } from "./session/session.ts";

/** An edit of a message. The message itself may not be cached. */
export interface MessageEdit {
  /** Uuid of the message. */
  readonly uuid: number;
  /** Text after the edit. */
  readonly content: string;
  /** Text before the edit; undefined if the message is not cached. */
  readonly previousContent: string | undefined;
  /** The message with its new text; undefined if it is not cached. */
  readonly message: Message | undefined;
  /** Channel of the message; undefined if the message is not cached and the server sent no channel. */
  readonly channel: Channel | undefined;
}

/** A deletion of a message. The message itself may not have been cached. */
export interface MessageDeletion {
  /** Uuid of the message. */
  readonly uuid: number;
  /** The message as it was before the deletion; undefined if it was not cached. */
  readonly message: Message | undefined;
  /** Channel of the message; undefined if the message was not cached and the server sent no channel. */
  readonly channel: Channel | undefined;
}

/** Accounts that are online, and the changes since the previous `presence` event. */
export interface Presence {
  /** Uuids of all accounts with at least one open session. */
  readonly online: readonly number[];
  /** Uuids of the accounts that came online. */
  readonly came: readonly number[];
  /** Uuids of the accounts that went offline. */
  readonly left: readonly number[];
}

/** A typing indicator. */
export interface Typing {
  /** Account that is typing; its name is empty if the account is not cached. */
  readonly user: User;
  /** Channel in which the account is typing. */
  readonly channel: Channel;
}

/** A read marker that was moved by another session of the account. */
export interface ReadMarker {
  /** Channel of the marker. */
  readonly channel: Channel;
  /** Uuid of the newest message read. */
  readonly messageUuid: number;
  /** Number of newer messages. */
  readonly unread: number;
}

/** Arguments of every event of {@link ServerEvents}, by the type of the server that they refer to. */
export interface ServerEventMap<Server = ChannelServer> {
  /** A message was sent in a channel that this account can read. Own messages are included. */
  readonly message: [message: Message];
  /** A message was edited. */
  readonly messageEdit: [edit: MessageEdit, server: Server];
  /** A message was deleted. */
  readonly messageDelete: [deletion: MessageDeletion, server: Server];
  /** A packet was received: a push, a reply or an error. Emitted before the cache is updated from it. */
  readonly packet: [packet: Packet, server: Server];
  /** The server is connected and its data is loaded. Emitted again after every reconnection. */
  readonly ready: [server: Server];
  /**
   * The server's data went back to an earlier state, such as a backup; needs the extension `cursor` and a server
   * that announces its epoch. Cached messages have been dropped, because some of them may no longer exist;
   * missed messages follow, then `ready`. Data that the program derived from messages should be read again.
   */
  readonly restored: [server: Server];
  /**
   * The name or icon of the server changed. Needs the extension `admin`; without it, emitted only on
   * reconnection.
   */
  readonly serverUpdate: [server: Server];
  /** An account registered, or its name, picture or groups changed, or whether it is a bot. */
  readonly userUpdate: [user: User, server: Server];
  /** Accounts came online or went offline. */
  readonly presence: [presence: Presence, server: Server];
  /** A channel was created, edited, moved or deleted. The argument is the new channel list. */
  readonly channels: [channels: readonly Channel[], server: Server];
  /** A group was created, edited or deleted. The argument is the new group list. */
  readonly groups: [groups: readonly Group[], server: Server];
  /** A custom emoji was created or deleted. The argument is the new emoji list. */
  readonly emoji: [emoji: readonly Emoji[], server: Server];
  /** An account is typing; needs the extension `typing`. */
  readonly typing: [typing: Typing, server: Server];
  /** A value was published in a channel or removed from it; needs the extension `state`. */
  readonly channelState: [state: ChannelState, server: Server];
  /** Another session of the account moved a read marker; needs the extension `markers`. */
  readonly readMarker: [marker: ReadMarker, server: Server];
  /**
   * The state of the connection changed. `error` is the reason if the connection was lost or closed by an
   * error.
   */
  readonly status: [status: SessionStatus, server: Server, error: AsterError | undefined];
  /**
   * A listener threw or rejected, or events were missed. Without a listener for this event, the platform
   * reports the error with its stack: as a process warning on Node, in the console of a browser.
   */
  readonly error: [error: unknown, server: Server];
}

/** Events that a client re-emits from its servers: all but `error`, which the client reports on its own. */
export const forwardedEvents = [
  "message",
  "messageEdit",
  "messageDelete",
  "packet",
  "ready",
  "restored",
  "serverUpdate",
  "userUpdate",
  "presence",
  "channels",
  "groups",
  "emoji",
  "typing",
  "channelState",
  "readMarker",
  "status",
] as const satisfies readonly (keyof ServerEventMap)[];

/** All events. */
export const eventNames = [...forwardedEvents, "error"] as const satisfies readonly (keyof ServerEventMap)[];
