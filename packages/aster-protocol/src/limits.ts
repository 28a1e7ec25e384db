/** Sizes that a server applies where the protocol leaves them open; `hello` announces those in force. */
export interface Limits {
  /** Longest message, in characters (UTF-16 code units). At least 5000, which a deployed client allows. */
  readonly content: number;
  /** Longest raw line or WebSocket message, in bytes. */
  readonly line: number;
  /** Most messages in one `history` reply; a higher `num` is lowered without an error. At least 1000. */
  readonly history: number;
  /** Largest picture, in bytes of its base64 text. */
  readonly pfp: number;
  /** Longest name of a user or channel, in characters. Names of existing accounts may be longer. */
  readonly name: number;
}

/** The limits of a server that was told nothing else. */
export const defaultLimits: Limits = Object.freeze({
  content: 10_000,
  line: 4 * 1024 * 1024,
  history: 1000,
  pfp: 40_960,
  name: 64,
});
