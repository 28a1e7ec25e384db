/** What a voice server update says, with whose it is. */
export interface VoiceServer {
  readonly guildId: string;
  readonly userId: string;
  readonly sessionId: string;
  /** Host name, with or without a port. */
  readonly endpoint: string;
  readonly token: string;
  /** The voice channel, which names the group of the end-to-end encryption; null where nobody said it. */
  readonly channelId: string | null;
}
