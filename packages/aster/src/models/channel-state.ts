import type { Channel } from "./channel.ts";

/** A value that a client, usually a bot, publishes in a channel while it is connected. */
export interface ChannelState {
  /** Where. */
  readonly channel: Channel;
  /** Its name, 1 to 32 characters. */
  readonly key: string;
  /** What JSON holds; null when it was taken away. */
  readonly value: unknown;
  /** Who published it. */
  readonly authorUuid: number;
}
