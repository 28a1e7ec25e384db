import type { DatabaseSync } from "node:sqlite";
import { ServerError } from "../../../errors.ts";
import type { InitialContent } from "../../initial-content.ts";

/** Input of an upgrade step. */
export interface UpgradeContext {
  readonly raw: DatabaseSync;
  /** File name, for messages. */
  readonly file: string;
  /** Name and icon for versions that did not store them. */
  readonly initial: InitialContent;
  /** Whether this server opens the file for the first time; slow checks run only then. */
  readonly isFirstOpen: boolean;
  /** Adds a warning about lost or suspicious data, which is logged once the upgrade is durable. */
  warn(message: string): void;
}

/**
 * Step of the upgrade of an old file. It inspects the tables and not the version number, so it works on every
 * shape and is idempotent.
 */
export interface UpgradeStep {
  readonly name: string;
  /**
   * Returns whether the file needs this step.
   *
   * @throws ServerError if the file has content that the step would lose.
   */
  isNeeded(context: UpgradeContext): boolean;
  /** Upgrades the file, inside the transaction of the whole upgrade. */
  apply(context: UpgradeContext): void;
}

/** Creates the error for a file that cannot be upgraded and is left unchanged. */
export const unsupportedContent = (file: string, what: string, whatToDo: string): ServerError =>
  new ServerError("DATABASE_UNUSABLE", `The database ${file} ${what}. It was not changed. ${whatToDo}`);

/** Counts the rows of a `from` clause. */
export function countRows(raw: DatabaseSync, fromClause: string): number {
  return Number(raw.prepare(`select count(*) as number ${fromClause}`).get()?.["number"]);
}
