import type { Group, Permissions } from "@asterite/aster";

/** How a link to a server stands. */
export type LinkStatus =
  /** There is no login; a person has to give one. */
  | "signed-out"
  /** Connecting for the first time. */
  | "connecting"
  /** Connected; everything is known and up to date. */
  | "ready"
  /** The connection is lost or could not be made; it is tried again. */
  | "lost";

/** Account and password as a person gives them. */
export interface Credentials {
  readonly username: string;
  readonly password: string;
  /** Whether to make the account. */
  readonly isNew: boolean;
}

/** A group at one moment: what the library gives stays one object while it changes. */
export interface GroupView {
  readonly uuid: number;
  /** Fit to be shown. */
  readonly name: string;
  readonly colour: number;
  readonly position: number;
  readonly permissions: Permissions;
  /** What carries out changes. */
  readonly model: Group;
}

/** An account at one moment. */
export interface Member {
  readonly uuid: number;
  /** Fit to be shown. */
  readonly name: string;
  readonly groups: readonly number[];
}
