import type { Channel, Message, Permissions, Server, User } from "@asterite/aster";
import type { BotTexts } from "./texts.ts";

/** The message that is handled, and what guards and argument parsers need to know about its author. */
export interface MessageContext {
  /** The message. */
  readonly message: Message;
  /** Server of the message. */
  readonly server: Server;
  /** Channel of the message. */
  readonly channel: Channel;
  /** Author of the message. */
  readonly author: User;
  /** Aborts when the bot is closed, or when the command runs longer than `commandTimeoutMs`. */
  readonly signal: AbortSignal;
  /** Texts with which the framework answers users. */
  readonly texts: BotTexts;
  /**
   * Returns the permissions of the author in a channel; in the channel of the message by default. See
   * {@link Channel.permissionsFor} for servers that do not send what they depend on.
   */
  permissionsIn(channel?: Channel): Permissions;
  /** Returns the permissions of the author on the server, without the overrides of any channel. */
  serverPermissions(): Permissions;
  /** Returns whether the author is a member of the group with a name. */
  isInGroup(name: string): boolean;
}
