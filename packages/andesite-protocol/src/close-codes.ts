/** Codes with which a node closes a WebSocket because of what a client sent. */
export const CloseCode = Object.freeze({
  /** A frame that is no JSON object. */
  NOT_JSON: 4001,
  /** A missing operation name, guild or user. */
  MISSING_FIELD: 4002,
});
/** Code with which a node closes a WebSocket because of what a client sent. */
export type CloseCode = (typeof CloseCode)[keyof typeof CloseCode];

/** The reasons that belong to {@link CloseCode}; all stay below the 124 bytes that a reason may have. */
export const closeReasons = Object.freeze({
  notJson: "Unable to read frame data as json",
  noOperation: "Null op provided",
  noGuild: "Null guild id provided",
  noUser: "Null user id provided",
});
