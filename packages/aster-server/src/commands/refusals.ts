import {
  type ExtensionName,
  isBlank,
  type PermissionName,
  type Reason,
  Status,
} from "@asterite/aster-protocol";
import { isPlainName } from "../auth/names.ts";
import { findPasswordProblem, type PasswordPolicy } from "../auth/password-policy.ts";
import { findPictureProblem } from "../pictures/pictures.ts";

/** A command's negative reply. Its writes are rolled back. */
export class Refusal {
  readonly status: Status;
  /** Reason for connections with the extension `reasons`. */
  readonly reason: Reason;
  /** Time in ms after which the command can be repeated, if waiting helps. */
  readonly retryAfterMs: number | undefined;

  /** Account that a refused login was for; recorded in the audit log and never sent. */
  readonly account: number | undefined;

  constructor(status: Status, reason: Reason, retryAfterMs?: number, account?: number) {
    this.status = status;
    this.reason = reason;
    this.account = account;
    this.retryAfterMs = retryAfterMs === undefined ? undefined : Math.ceil(retryAfterMs);
  }

  /** Returns the additional fields of the reply to a client with these extensions. */
  fieldsFor(extensions: ReadonlySet<ExtensionName>): object {
    const { reason, retryAfterMs } = this;
    const hasReasons = extensions.has("reasons");
    // The interval of slow mode is older than the reasons.
    const hasWait =
      retryAfterMs !== undefined && (hasReasons || (reason === "slow_mode" && extensions.size > 0));
    return { ...(hasReasons && { reason }), ...(hasWait && { retry_after_ms: retryAfterMs }) };
  }
}

/**
 * Creates refusals: the only place that assigns a status to a reason. A `field` is the name of the request's
 * field.
 */
export const refuse = {
  malformed: (reason: Reason) => new Refusal(Status.Malformed, reason),
  invalid: (field: string) => new Refusal(Status.Malformed, `invalid:${field}`),
  empty: (field: string) => new Refusal(Status.Malformed, `empty:${field}`),
  tooLong: (field: string, limit: number) => new Refusal(Status.Malformed, `too_long:${field}:${limit}`),
  invalidPicture: () => new Refusal(Status.Malformed, "picture:invalid"),
  largePicture: (limit: number) => new Refusal(Status.Malformed, `picture:too_large:${limit}`),
  notLoggedIn: (status: Status = Status.NotLoggedIn) => new Refusal(status, "login_required"),
  shortPassword: (limit: number) => new Refusal(Status.Malformed, `password:too_short:${limit}`),
  commonPassword: () => new Refusal(Status.Malformed, "password:common"),
  loggedIn: (status: Status = Status.WrongState) => new Refusal(status, "logged_in"),
  permission: (name: PermissionName) => new Refusal(Status.Forbidden, `permission:${name}`),
  rank: () => new Refusal(Status.Forbidden, "rank"),
  notAuthor: () => new Refusal(Status.Forbidden, "not_author"),
  wrongPassword: (account?: number) => new Refusal(Status.Forbidden, "wrong_password", undefined, account),
  inviteRequired: () => new Refusal(Status.Forbidden, "invite_required"),
  inviteInvalid: () => new Refusal(Status.Forbidden, "invite_invalid"),
  alreadySetUp: () => new Refusal(Status.Forbidden, "already_set_up"),
  registrationClosed: () => new Refusal(Status.Forbidden, "registration_closed"),
  reauthenticate: () => new Refusal(Status.Forbidden, "reauthenticate"),
  invalidToken: () => new Refusal(Status.Forbidden, "invalid_token"),
  banned: (account: number) => new Refusal(Status.Forbidden, "banned", undefined, account),
  rateLimited: (waitMs: number, account?: number) =>
    new Refusal(Status.Forbidden, "rate_limited", waitMs, account),
  slowMode: (waitMs: number) => new Refusal(Status.Forbidden, "slow_mode", waitMs),
  unknown: (field: string) => new Refusal(Status.NotFound, `unknown:${field}`),
  nameTaken: () => new Refusal(Status.Conflict, "taken:name"),
  quota: (name: string, limit: number) => new Refusal(Status.Conflict, `quota:${name}:${limit}`),
  conflict: (reason: Reason) => new Refusal(Status.Conflict, reason),
  internal: () => new Refusal(Status.Internal, "internal"),
  unavailable: () => new Refusal(Status.Internal, "unavailable"),
} as const;

/** Refuses a text that is blank or longer than the limit. */
export const refuseText = (field: string, text: string, limit: number): Refusal | undefined => {
  if (isBlank(text)) return refuse.empty(field);
  return text.length > limit ? refuse.tooLong(field, limit) : undefined;
};

/**
 * Refuses the name of an account that is blank, too long or not shown as it is written; see {@link isPlainName}.
 */
export const refuseName = (field: string, name: string, limit: number): Refusal | undefined =>
  refuseText(field, name, limit) ?? (isPlainName(name) ? undefined : refuse.invalid(field));

/** Refuses a new password by the policy of the server. */
export async function refusePassword(password: string, policy: PasswordPolicy): Promise<Refusal | undefined> {
  const problem = await findPasswordProblem(password, policy);
  if (problem === undefined) return undefined;
  return problem === "too short" ? refuse.shortPassword(policy.minLength) : refuse.commonPassword();
}

/** Refuses a picture that not every client can decode; see {@link findPictureProblem}. */
export async function refusePicture(base64: string, maxBytes: number): Promise<Refusal | undefined> {
  const problem = await findPictureProblem(base64, maxBytes);
  if (problem === undefined) return undefined;
  return problem === "too large" ? refuse.largePicture(maxBytes) : refuse.invalidPicture();
}
