import type { DatabaseSync } from "node:sqlite";
import { ServerError } from "../../../errors.ts";
import type { InitialContent } from "../../initial-content.ts";

/** What a step of the upgrade works with. */
export interface UpgradeContext {
  readonly raw: DatabaseSync;
  /** Named in messages. */
  readonly file: string;
  /** Fills what older versions did not have. */
  readonly initial: InitialContent;
  /** Whether the file has never been opened by this server: then the slow looks are worth their time. */
  readonly isFirstOpen: boolean;
  /** Tells the operator of something that was lost or deserves a look, once the upgrade is durable. */
  warn(message: string): void;
}

/**
 * One thing that an old file may need. It looks at the file itself and not at its version number, so that
 * it can run on every shape and finds nothing to do the second time.
 */
export interface UpgradeStep {
  readonly name: string;
  /**
   * Whether there is anything to do now.
   *
   * @throws ServerError if the file holds something that cannot be kept.
   */
  isNeeded(context: UpgradeContext): boolean;
  /** Does it, inside the transaction of the whole upgrade. */
  apply(context: UpgradeContext): void;
}

/** The error for a file that cannot be upgraded, which is left as it is. */
export const unsupportedContent = (file: string, what: string, whatToDo: string): ServerError =>
  new ServerError("DATABASE_UNUSABLE", `The database ${file} ${what}. It was left as it is. ${whatToDo}`);

/** How many rows a query counts. */
export function countRows(raw: DatabaseSync, sql: string): number {
  return Number(raw.prepare(`select count(*) as number ${sql}`).get()?.["number"]);
}
