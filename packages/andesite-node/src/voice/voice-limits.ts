/** Time limits of voice connections. */
export interface VoiceLimits {
  /** ms from a voice server update, or the loss of a connection, until audio can be sent. Default: 15,000. */
  readonly connectTimeoutMs: number;
  /** How often a lost session is tried to be resumed, one second longer apart each time. Default: 5. */
  readonly resumeAttempts: number;
}

/** The limits that hold unless told otherwise. */
export const defaultVoiceLimits: VoiceLimits = Object.freeze({ connectTimeoutMs: 15_000, resumeAttempts: 5 });
