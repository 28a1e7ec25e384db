import type { Group, Permissions } from "@asterite/aster";

/** Connection state of a server session. */
export type ServerSessionStatus =
  /** No stored login; the user has to sign in. */
  | "signed-out"
  /** First connection attempt. */
  | "connecting"
  /** Connected and up to date. */
  | "ready"
  /** Connection lost or failed; retrying. */
  | "lost";

/** Credentials entered in the login form. */
export interface Credentials {
  readonly username: string;
  readonly password: string;
  /** Whether to register a new account. */
  readonly isNew: boolean;
  /** Code of the invite for a new account, if any. */
  readonly invite?: string | undefined;
}

/** Snapshot of a group. The library mutates one object, which Svelte cannot observe. */
export interface GroupView {
  readonly uuid: number;
  /** Sanitized for display. */
  readonly name: string;
  readonly colour: number;
  readonly position: number;
  readonly permissions: Permissions;
  /** Library object that performs changes. */
  readonly model: Group;
}

/** Snapshot of an account. */
export interface Member {
  readonly uuid: number;
  /** Sanitized for display. */
  readonly name: string;
  readonly groups: readonly number[];
}
