/** Names of the fields of requests, where the wire's name is not the word for it. */
const fieldNames: { readonly [field: string]: string } = {
  content: "text",
  new_content: "text",
  uname: "name",
  nick: "name",
  passwd: "password",
  new_password: "new password",
  old_password: "current password",
  data: "picture",
  pfp: "picture",
  new_pfp: "picture",
  before_message: "message to start from",
  reply: "message replied to",
  slow_seconds: "slow mode",
};

const texts: { readonly [reason: string]: string } = {
  malformed: "the server could not read the request",
  unsupported: "the server does not know the command",
  "picture:invalid": "the picture is not a PNG file that all clients can decode",
  login_required: "the command needs a login",
  logged_in: "already logged in",
  rank: "the target is not below the account's own highest group",
  not_author: "only the author may do this",
  wrong_password: "wrong password",
  invalid_token: "the token is invalid or revoked",
  banned: "the account is banned",
  rate_limited: "too many attempts",
  slow_mode: "the channel is in slow mode",
  internal: "internal server error",
  unavailable: "the server is overloaded or cannot reach its database",
  "password:common": "the password is too common",
  invite_required: "the server needs an invite",
  invite_invalid: "the invite is invalid, expired or used up",
  already_set_up: "the server has an administrator",
  registration_closed: "registration is closed",
  last_administrator: "the server needs an administrator",
  reauthenticate: "the server needs the password again",
};

const nameOf = (field: string): string => fieldNames[field] ?? field.replaceAll("_", " ");

/** Texts of reasons with parameters, by their first word. */
const textsByKind: { readonly [kind: string]: (field: string, limit: string) => string } = {
  invalid: (field) => `the ${nameOf(field)} is missing or invalid`,
  empty: (field) => `the ${nameOf(field)} is empty`,
  too_long: (field, limit) => `the ${nameOf(field)} is longer than ${limit} characters`,
  permission: (name) => `the permission ${name} is missing`,
  unknown: (field) => `no such ${nameOf(field)}`,
  taken: (field) => `the ${nameOf(field)} is taken`,
  quota: (name, limit) => `the limit of ${limit} ${nameOf(name)} is reached`,
};

/**
 * Returns the reason of a refusal in words, with the wait if the server sent one; undefined for a reason that
 * this version of the library does not know.
 */
export function describeReason(reason: string, retryAfterMs?: number): string | undefined {
  const text = describeWords(reason);
  if (text === undefined || retryAfterMs === undefined) return text;
  return `${text}; retry in ${Math.ceil(retryAfterMs / 1000)} s`;
}

function describeWords(reason: string): string | undefined {
  if (Object.hasOwn(texts, reason)) return texts[reason];
  const [kind = "", first = "", limit = ""] = reason.split(":");
  // The limit counts the characters of base64, four for every three bytes.
  if (kind === "picture" && first === "too_large") {
    return `the picture is larger than ${Math.floor((Number(limit) * 3) / 4)} bytes`;
  }
  if (kind === "password" && first === "too_short") {
    return `the password is shorter than ${limit} characters`;
  }
  return Object.hasOwn(textsByKind, kind) ? textsByKind[kind]?.(first, limit) : undefined;
}

/** Refusals of a login that pass by themselves, so that it is tried again. */
const passing = new Set(["rate_limited", "unavailable", "internal", "quota"]);

/** Returns whether a login that was refused for this reason may succeed later without a change by the program. */
export const isTemporary = (reason: string): boolean => passing.has(reason.split(":", 1)[0] ?? "");
