// Extensions of the WebSocket protocol that a client negotiates in the handshake.

/** The node reports refused operations as `OperationFailedEvent`. */
export const OPERATION_FAILED = "operation-failed";

/** The node reports titles that a station announces as `TrackTitleEvent`. */
export const TRACK_TITLES = "track-titles";
