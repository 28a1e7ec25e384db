/** How far the account has read one channel. */
export interface LastRead {
  /** The channel. */
  readonly channelUuid: number;
  /** Date of the newest message that was read, in Unix seconds. */
  readonly date: number;
  /** How many messages are newer. */
  readonly unread: number;
  /** The newest message that was read, where the server has the extension `markers`. */
  readonly messageUuid: number | undefined;
}
