/** Voice server update, with the user and guild it belongs to. */
export interface VoiceServer {
  readonly guildId: string;
  readonly userId: string;
  readonly sessionId: string;
  /** Host name with an optional port. */
  readonly endpoint: string;
  readonly token: string;
  /**
   * Voice channel, which is the MLS group id of end-to-end encryption; null if the client did not send it.
   */
  readonly channelId: string | null;
}
