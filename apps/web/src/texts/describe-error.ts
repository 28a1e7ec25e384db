import { AsterError, CommandError } from "@asterite/aster";
import { OtherServerError } from "../chat/other-server-error.ts";
import type { Texts } from "./en.ts";

type Key = keyof Texts;

const byStatus: { readonly [status: number]: Key } = {
  400: "error.malformed",
  401: "error.session",
  403: "error.forbidden",
  404: "error.notFound",
  405: "error.session",
  409: "error.nameTaken",
  500: "error.internal",
};

/** Texts for statuses with a more specific meaning in one command. */
const byCommand: { readonly [commandAndStatus: string]: Key } = {
  "login 403": "error.wrongPassword",
  "login 404": "error.noAccount",
  "register 400": "error.nameBad",
  "nick 400": "error.nameBad",
  "create_channel 400": "error.nameBad",
  "update_channel 400": "error.nameBad",
  "pfp 400": "error.tooLarge",
  "set_server 400": "error.tooLarge",
  "create_emoji 400": "error.tooLarge",
  "change_password 403": "error.wrongPassword",
  "send 403": "error.slow",
};

/** Texts for reasons of refusals, up to their parameters. */
const byReason: { readonly [reason: string]: Key } = {
  "password:too_short": "error.passwordShort",
  "password:common": "error.passwordCommon",
  invite_required: "error.inviteRequired",
  invite_invalid: "error.inviteInvalid",
  registration_closed: "error.registrationClosed",
  banned: "error.banned",
  "unknown:channel": "error.channelGone",
  "unknown:message": "error.messageGone",
  "unknown:reply": "error.replyGone",
  last_administrator: "error.lastAdministrator",
  rate_limited: "error.rateLimited",
};

const reasonKey = (reason = ""): Key | undefined => byReason[reason] ?? byReason[reason.replace(/:\d+$/, "")];

const byCode: { readonly [code: string]: Key } = {
  CONNECTION_LOST: "error.lost",
  CLOSED: "error.lost",
  TIMED_OUT: "error.timeout",
  CONNECT_FAILED: "error.unreachable",
  CERTIFICATE_UNTRUSTED: "error.unreachableSecure",
  VERSION_UNSUPPORTED: "error.version",
  PROTOCOL_VIOLATION: "error.protocol",
  EXTENSION_MISSING: "error.extension",
};

/**
 * Returns the key of the text for an error. `isSecure`: whether an untrusted certificate may be the cause.
 */
export function describeError(error: unknown, isSecure = false): Key {
  if (error instanceof CommandError) {
    const key = reasonKey(error.reason);
    if (key) return key;
    return byCommand[`${error.command} ${error.status}`] ?? byStatus[error.status] ?? "error.unknown";
  }
  if (error instanceof OtherServerError) return "error.otherServer";
  if (!(error instanceof AsterError)) return "error.unknown";
  if (error.code === "CONNECT_FAILED" && isSecure) return "error.unreachableSecure";
  return byCode[error.code] ?? "error.unknown";
}
