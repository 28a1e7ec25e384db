/** Read marker of the account in one channel. */
export interface LastRead {
  /** Channel of the marker. */
  readonly channelUuid: number;
  /** Date of the newest message read, in Unix seconds. */
  readonly date: number;
  /** Number of newer messages. */
  readonly unread: number;
  /** Uuid of the newest message read; undefined on servers without the extension `markers`. */
  readonly messageUuid: number | undefined;
}
