/** Values of an object before or after a change, as JSON. */
export type AuditDetails = Readonly<Record<string, unknown>>;

/** Fields by which entries of the audit log are found and merged. */
interface AuditSubject {
  /** Account that acted; the operator's id, or undefined for a client without a login. */
  readonly actor: number | undefined;
  /** Command of the protocol, or operation of the operator. */
  readonly action: string;
  /** Network address of the client; undefined for the operator. */
  readonly address: string | undefined;
  /** `ok`, or the reason of the refusal. */
  readonly result: string;
}

/** Entry of the audit log: a change, or an attempt that was refused. */
export interface AuditEntry extends AuditSubject {
  readonly id: number;
  /** Unix time in seconds of the first occurrence. */
  readonly since: number;
  /** Unix time in seconds of the last occurrence. */
  readonly date: number;
  /** Number of occurrences, which similar entries share. */
  readonly count: number;
  /** Changed object, such as `user:5`; see `AuditTarget`. */
  readonly target: string | undefined;
  readonly before: AuditDetails | undefined;
  readonly after: AuditDetails | undefined;
}

/** Entry to add. */
export interface NewAuditEntry extends AuditSubject {
  readonly date: number;
  readonly count?: number;
  readonly target?: string | undefined;
  readonly before?: AuditDetails | undefined;
  readonly after?: AuditDetails | undefined;
  /**
   * Whether the action needs rights. Other entries, which any stranger or account can cause, are counted apart,
   * so that they cannot push out these.
   */
  readonly isAdministrative: boolean;
}

/** Selects a page of the audit log. */
export interface AuditQuery {
  /** Maximum number of entries. */
  readonly limit: number;
  /** Only entries with a smaller id. */
  readonly before?: number | undefined;
  readonly actor?: number | undefined;
  readonly action?: string | undefined;
  readonly target?: string | undefined;
  /** Only entries whose last occurrence is at or after this Unix time in seconds. */
  readonly since?: number | undefined;
}

/** Audit log. */
export interface AuditStore {
  /** Adds an entry. An account keeps its newest 1,000 entries of actions that need no rights. */
  add(entry: NewAuditEntry): Promise<void>;
  /**
   * Counts an occurrence in the entry of the last hour with the same actor, action, address and result, if there is
   * one that shows no change; adds an entry otherwise. It keeps up to ten of the `accounts` in `after`.
   */
  merge(entry: NewAuditEntry): Promise<void>;
  /** Returns entries, newest first. */
  list(query: AuditQuery): Promise<AuditEntry[]>;
  /**
   * Removes the entries before a date, and of each kind, administrative or not, those above a number: first the oldest
   * of each account that has more than a tenth of it, then the oldest of all.
   */
  prune(limits: { readonly before: number; readonly maxEntries: number }): Promise<void>;
}
