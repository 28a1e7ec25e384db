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

/** State of a voice connection. */
export interface VoiceState {
  /** Whether audio can be sent. */
  readonly isConnected: boolean;
  /** Round trip time of the last heartbeat in ms; −1 if there is none. */
  readonly pingMs: number;
}

/** State of a player that has no voice connection. */
export const noVoice: VoiceState = Object.freeze({ isConnected: false, pingMs: -1 });

/** Returns whether two voice server updates request the same connection. */
export const isSameVoiceServer = (one: VoiceServer, other: VoiceServer): boolean =>
  one.sessionId === other.sessionId &&
  one.endpoint === other.endpoint &&
  one.token === other.token &&
  one.channelId === other.channelId;
