import type { PermissionName } from "./permissions.ts";

/**
 * Reason of a refusal, sent to connections with the extension `reasons`: words joined by `:`. The first one is
 * the kind, the others name a permission or a field of the request and the limit that applies to it.
 *
 * A client treats an unknown reason by the status of the reply, because later servers may send others.
 */
export type Reason =
  // 400
  /** Not JSON, not an object, or without a command. */
  | "malformed"
  /** The server does not know the command. */
  | "unsupported"
  /** The field is missing, of the wrong type or out of range. */
  | `invalid:${string}`
  /** The field is blank. */
  | `empty:${string}`
  /** The field is longer than the limit, in UTF-16 code units. */
  | `too_long:${string}:${number}`
  /** The picture is not a PNG in base64 that all clients can decode. */
  | "picture:invalid"
  /** The picture's base64 text is longer than the limit, in characters. */
  | `picture:too_large:${number}`
  /** The password has fewer characters than the limit. */
  | `password:too_short:${number}`
  /** The password is among those that are guessed first. */
  | "password:common"
  // 401, 405
  /** The command needs a login. */
  | "login_required"
  /** The connection is already logged in. */
  | "logged_in"
  // 403
  /** The user lacks the permission, on the server or in the channel. */
  | `permission:${PermissionName}`
  /** The target is not below the user's own highest group. */
  | "rank"
  /** Only the author of a message may do this. */
  | "not_author"
  /** The password is wrong, or the account is unknown on a server that does not reveal accounts. */
  | "wrong_password"
  /** The token is unknown, expired or revoked. */
  | "invalid_token"
  /** The server registers accounts by invite only, and the request has none. */
  | "invite_required"
  /** The invite is unknown, revoked, expired or used up, or its author may no longer issue it. */
  | "invite_invalid"
  /** The set-up invite is spent: the server has an administrator. */
  | "already_set_up"
  /** The server registers no accounts. */
  | "registration_closed"
  /** The command needs the account's password again. */
  | "reauthenticate"
  /** The account is banned. */
  | "banned"
  /** Too many attempts; `retry_after_ms` is the time until the next one. */
  | "rate_limited"
  /** The channel is in slow mode; `retry_after_ms` is the time until the next message. */
  | "slow_mode"
  /** The bot accepts no commands in the channel: it is offline, or not there. */
  | "bot_unavailable"
  // 404
  /** The field names an object that does not exist or that the user may not see. */
  | `unknown:${string}`
  // 409
  /** Another account has the name, or another connection holds the key. */
  | `taken:${"name" | "key"}`
  /** The limit of objects of this kind is reached. */
  | `quota:${string}:${number}`
  /** The change would leave the server without an administrator. */
  | "last_administrator"
  // 500
  /** The server failed; the command had no effect. */
  | "internal"
  /** The server is overloaded, or has no current permissions; the command had no effect. */
  | "unavailable";

/** First word of a {@link Reason}. */
export type ReasonKind = Reason extends infer Each
  ? Each extends `${infer Kind}:${string}`
    ? Kind
    : Each
  : never;
