import type { Packet } from "@asterite/aster-protocol";
import type { AsterError } from "./errors.ts";
import type { Channel } from "./models/channel.ts";
import type { ChannelState } from "./models/channel-state.ts";
import type { Emoji } from "./models/emoji.ts";
import type { Group } from "./models/group.ts";
import type { Message } from "./models/message.ts";
import type { User } from "./models/user.ts";
import type { Server } from "./server.ts";
import type { SessionStatus } from "./session/session.ts";

/** An edit of a message, which may be one that is not kept. */
export interface MessageEdit {
  /** The message's uuid. */
  readonly uuid: number;
  /** The new text. */
  readonly content: string;
  /** The text before, if the message is kept. */
  readonly previousContent: string | undefined;
  /** The message with its new text, if it is kept. */
  readonly message: Message | undefined;
  /** Its channel, if the message is kept or the server says so. */
  readonly channel: Channel | undefined;
}

/** A deletion of a message, which may be one that was not kept. */
export interface MessageDeletion {
  /** The message's uuid. */
  readonly uuid: number;
  /** The message as it was, if it was kept. */
  readonly message: Message | undefined;
  /** Its channel, if the message was kept or the server says so. */
  readonly channel: Channel | undefined;
}

/** Who is there, and what changed about that. */
export interface Presence {
  /** Everybody with at least one open session. */
  readonly online: readonly number[];
  /** Who came since the last time. */
  readonly came: readonly number[];
  /** Who left since the last time. */
  readonly left: readonly number[];
}

/** Somebody is writing. */
export interface Typing {
  /** Who; an account without a name if it is not known. */
  readonly user: User;
  /** Where. */
  readonly channel: Channel;
}

/** The account read a channel in another session. */
export interface ReadMarker {
  /** Which channel. */
  readonly channel: Channel;
  /** The newest message that was read. */
  readonly messageUuid: number;
  /** How many messages are newer. */
  readonly unread: number;
}

/** What a server, and the client that holds it, tells its listeners. */
export interface ServerEvents {
  /** A message was sent in a channel that this account may read; own messages too. */
  readonly message: [message: Message];
  /** A message was edited. */
  readonly messageEdit: [edit: MessageEdit, server: Server];
  /** A message was deleted. */
  readonly messageDelete: [deletion: MessageDeletion, server: Server];
  /** Any packet from the server: pushes, replies and errors. */
  readonly packet: [packet: Packet, server: Server];
  /** The server is connected and everything about it is known; again after each reconnection. */
  readonly ready: [server: Server];
  /** An account is new, or its name, picture or groups changed. */
  readonly userUpdate: [user: User, server: Server];
  /** Somebody came or left. */
  readonly presence: [presence: Presence, server: Server];
  /** A channel was created, changed, moved or deleted; these are the channels now. */
  readonly channels: [channels: readonly Channel[], server: Server];
  /** A group was created, changed or deleted; these are the groups now. */
  readonly groups: [groups: readonly Group[], server: Server];
  /** A custom emoji was created or deleted; these are the emoji now. */
  readonly emoji: [emoji: readonly Emoji[], server: Server];
  /** Somebody is writing; needs the extension `typing`. */
  readonly typing: [typing: Typing, server: Server];
  /** A value was published in a channel or taken away; needs the extension `state`. */
  readonly channelState: [state: ChannelState, server: Server];
  /** The account read a channel in another session; needs the extension `markers`. */
  readonly readMarker: [marker: ReadMarker, server: Server];
  /** The connection changed its state; `error` says why one was lost. */
  readonly status: [status: SessionStatus, server: Server, error: AsterError | undefined];
  /**
   * A listener threw or rejected, or events were missed. Without a listener here the error is shown by the
   * platform: as a process warning on Node, in the console of a browser.
   */
  readonly error: [error: unknown, server: Server];
}

/** Every event but `error`, which is not passed on but reported. */
export const forwardedEvents = [
  "message",
  "messageEdit",
  "messageDelete",
  "packet",
  "ready",
  "userUpdate",
  "presence",
  "channels",
  "groups",
  "emoji",
  "typing",
  "channelState",
  "readMarker",
  "status",
] as const satisfies readonly (keyof ServerEvents)[];
