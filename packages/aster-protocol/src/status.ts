/**
 * Statuses of replies. Servers send no other number, because a deployed client exits on an unknown one.
 */
export const Status = {
  /** Success. */
  Ok: 200,
  /** The request is malformed, or a value exceeds its limits. */
  Malformed: 400,
  /** The command requires a login. */
  NotLoggedIn: 401,
  /** Wrong password, missing permission, or not the author of the message. */
  Forbidden: 403,
  /** The user, channel, message, group, emoji or record does not exist. */
  NotFound: 404,
  /** `login` or `register` while logged in, or `change_password` while logged out. */
  WrongState: 405,
  /** The name is taken. */
  Conflict: 409,
  /** Internal server error; the command had no effect. */
  Internal: 500,
} as const;

/** A number of {@link Status}. */
export type Status = (typeof Status)[keyof typeof Status];
