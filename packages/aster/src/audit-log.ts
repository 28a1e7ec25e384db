import type { AuditEntry as WireEntry } from "@asterite/aster-protocol";
import { argumentError, checkOptions, unixSecondsOf } from "./errors.ts";
import type { User } from "./models/user.ts";
import { optionalUuidOf, type Reference } from "./references.ts";

/** Uuid that stands for the operator of the server on the wire. */
const operatorUuid = -1;

/** Author of a change: the uuid of an account, or the operator of the server. */
export type Actor = number | "operator";

/** Returns the author of a change from its wire format. */
export const toActor = (uuid: number): Actor => (uuid === operatorUuid ? "operator" : uuid);

/** Entry of the audit log: a change, or an attempt that was refused. */
export interface AuditEntry {
  /** Number of the entry, for {@link AuditQuery.beforeId}. */
  readonly id: number;
  /** Account that acted; undefined for a client without a login. */
  readonly actor: Actor | undefined;
  /** Command of the protocol, such as `ban_user`, or operation of the operator. */
  readonly action: string;
  /** Changed object, such as `user:5`, `channel:7` or `server`. */
  readonly target: string | undefined;
  /** Network address of the client: an IPv4 address or an IPv6 /64 network. */
  readonly address: string | undefined;
  /** `ok`, or the reason of the refusal, such as `wrong_password` or `permission:ban_users`. */
  readonly result: string;
  /** Values before the change; only those that changed, without secrets and texts of messages. */
  readonly before: Readonly<Record<string, unknown>> | undefined;
  /** Values after the change. */
  readonly after: Readonly<Record<string, unknown>> | undefined;
  /** Number of occurrences that share the entry: refused attempts and logins of an hour are merged. */
  readonly count: number;
  /** Time of the first occurrence. */
  readonly firstAt: Date;
  /** Time of the last occurrence. */
  readonly lastAt: Date;
}

/** Selects entries of the audit log. */
export interface AuditQuery {
  /** Maximum number of entries, 1 to 100. Default 50. */
  readonly limit?: number;
  /** Only entries older than the one with this id: the last entry of the page before. */
  readonly beforeId?: number;
  /** Only actions of this account, or of the operator. */
  readonly actor?: Reference<User> | "operator";
  /** Only this command or operation. */
  readonly action?: string;
  /** Only this object, such as `user:5`. */
  readonly target?: string;
  /** Only entries whose last occurrence is at or after this time. */
  readonly since?: Date;
}

/** Page of the audit log. */
export interface AuditPage {
  /** Entries, newest first. */
  readonly entries: readonly AuditEntry[];
  /** Whether older entries match. */
  readonly hasMore: boolean;
}

const queryTypes = {
  limit: "number",
  beforeId: "number",
  actor: 0,
  action: "string",
  target: "string",
  since: 0,
};

/**
 * Returns the fields of the request.
 *
 * @throws AsterError `ARGUMENT_INVALID`
 */
export function toAuditRequest(query: AuditQuery) {
  checkOptions("query", query, queryTypes);
  const { limit = 50, beforeId, actor, action, target, since } = query;
  if (!(Number.isInteger(limit) && limit >= 1 && limit <= 100)) {
    throw argumentError("limit", limit, "an integer from 1 to 100");
  }
  return {
    limit,
    before: beforeId,
    actor: actor === "operator" ? operatorUuid : optionalUuidOf("actor", actor),
    action,
    target,
    since: unixSecondsOf("since", since),
  };
}

/** Converts an entry from its wire format. */
export const toAuditEntry = ({ since, date, actor, ...entry }: WireEntry): AuditEntry => ({
  ...entry,
  actor: actor === null ? undefined : toActor(actor),
  target: entry.target ?? undefined,
  address: entry.address ?? undefined,
  before: entry.before ?? undefined,
  after: entry.after ?? undefined,
  firstAt: new Date(since * 1000),
  lastAt: new Date(date * 1000),
});
