import type { Channel } from "../models/channel.ts";
import type { Message } from "../models/message.ts";
import type { User } from "../models/user.ts";
import type { RequestOptions } from "../session/request-matcher.ts";

/** Options of {@link Server.search}. */
export interface SearchOptions extends RequestOptions {
  /** Only in this channel. Default: in all that the account may read. */
  readonly channel?: Channel;
  /** Only by this author. */
  readonly author?: User;
  /** Only messages sent before this one. */
  readonly before?: Message;
  /** Most results. Default 50. */
  readonly limit?: number;
}

/** One message that was found. */
export interface SearchResult {
  /** The message. */
  readonly message: Message;
  /** The part of its text that fits. */
  readonly snippet: string;
}
