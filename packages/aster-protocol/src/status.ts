/**
 * Every status a server may answer. No other number exists on the wire: a deployed client ends its program
 * on one that it does not know.
 */
export const Status = {
  /** Done. */
  Ok: 200,
  /** The request does not have the form that its command asks for, or a value is outside its limits. */
  Malformed: 400,
  /** The command needs a login. */
  NotLoggedIn: 401,
  /** Wrong password, a missing permission, or somebody else's message. */
  Forbidden: 403,
  /** The user, channel, message, group, emoji or record does not exist. */
  NotFound: 404,
  /** `login` or `register` while logged in, `change_password` while logged out. */
  WrongState: 405,
  /** The name is taken. */
  Conflict: 409,
  /** The server failed; nothing was changed. */
  Internal: 500,
} as const;

/** One of the numbers in {@link Status}. */
export type Status = (typeof Status)[keyof typeof Status];
