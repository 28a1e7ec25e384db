/** WebSocket close codes for invalid messages of a client. */
export const CloseCode = /* @__PURE__ */ Object.freeze({
  /** The message is not a JSON object. */
  NOT_JSON: 4001,
  /** The operation name, guild id or user id is missing. */
  MISSING_FIELD: 4002,
});
/** WebSocket close code for an invalid message of a client. */
export type CloseCode = (typeof CloseCode)[keyof typeof CloseCode];

/** Close reasons for {@link CloseCode}; all within the 123 bytes that RFC 6455 allows. */
export const closeReasons = /* @__PURE__ */ Object.freeze({
  notJson: "Unable to read frame data as json",
  noOperation: "Null op provided",
  noGuild: "Null guild id provided",
  noUser: "Null user id provided",
});
