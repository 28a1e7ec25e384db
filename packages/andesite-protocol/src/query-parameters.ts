// Query parameters, some as alternatives to headers.

/** Password of the node. */
export const PASSWORD = "password";
/** Id of the bot. */
export const USER_ID = "user-id";
/** Any value requests exceptions without stack traces. */
export const SHORT_ERRORS = "shortErrors";
/** Same as the header `Andesite-Extensions`, for browsers. */
export const EXTENSIONS = "extensions";
/** Any value selects the Lavalink dialect. */
export const LAVALINK = "lavalink";
/** Any value requests track metadata beyond the nine fields of the original protocol. */
export const EXTENDED = "extended";
