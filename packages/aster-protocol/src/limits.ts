/** Limits of a server. The reply to `hello` announces the values in effect. */
export interface Limits {
  /** Maximum length of a message, in UTF-16 code units. At least 5000, the limit of a deployed client. */
  readonly content: number;
  /** Maximum size of a line or WebSocket message, in bytes. */
  readonly line: number;
  /**
   * Maximum number of messages in a `history` reply; a higher `num` is capped without an error. At least
   * 1000.
   */
  readonly history: number;
  /** Maximum size of a picture, in bytes of its base64 text. */
  readonly pfp: number;
  /**
   * Maximum length of the name of an account or channel, in characters. Existing accounts may have longer
   * names.
   */
  readonly name: number;
}

/** Default limits of a server. */
export const defaultLimits: Limits = /* @__PURE__ */ Object.freeze({
  content: 10_000,
  line: 4 * 1024 * 1024,
  history: 1000,
  pfp: 40_960,
  name: 64,
});
