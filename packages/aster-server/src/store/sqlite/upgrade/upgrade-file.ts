import { existsSync, rmSync, statSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import type { Logger } from "@asterite/util";
import type { InitialContent } from "../../initial-content.ts";
import { schemaVersion } from "../schema.ts";
import { type Backup, backUp } from "./backup.ts";
import { detectFormat } from "./detect-format.ts";
import type { UpgradeContext, UpgradeStep } from "./step.ts";
import { upgradeSteps } from "./steps.ts";

/** Options of {@link upgradeFile}. */
export interface UpgradeOptions {
  readonly initial: InitialContent;
  readonly logger: Logger;
  /** Steps to run where needed. Default: all. */
  readonly steps?: readonly UpgradeStep[];
}

const selectOwnIndex =
  "select 1 from sqlite_master where type = 'index' and name like 'asterite\\_%' escape '\\'";

/** Logs names that several accounts share: only the oldest of them can log in by name. */
function warnOfDuplicateNames(raw: DatabaseSync, file: string, logger: Logger): void {
  const rows = raw
    .prepare("select name from users group by name having count(*) > 1 order by min(rowid) limit 20")
    .all();
  const names = rows.map((row) => row["name"]);
  if (names.length > 0) {
    logger.warn({ file, names }, "duplicate account names: only the oldest account can log in by name");
  }
}

/** Runs the needed steps in the open transaction. Returns their names. */
function runSteps(context: UpgradeContext, steps: readonly UpgradeStep[]): string[] {
  const done: string[] = [];
  for (const step of steps) {
    if (!step.isNeeded(context)) continue;
    step.apply(context);
    done.push(step.name);
  }
  return done;
}

function upgradeLocked(
  raw: DatabaseSync,
  file: string,
  options: UpgradeOptions,
  keep: (backup: Backup) => void,
): void {
  const { initial, logger, steps = upgradeSteps } = options;
  const found = detectFormat(raw, file);
  if (found.type === "empty") return;
  if (found.type === "newer") {
    const fields = { file, version: found.version, known: schemaVersion };
    logger.warn(fields, "database newer than this server: compatible, not changed");
    return;
  }
  const warnings: string[] = [];
  const context: UpgradeContext = {
    raw,
    file,
    initial,
    isFirstOpen: raw.prepare(selectOwnIndex).get() === undefined,
    warn: (message) => warnings.push(message),
  };
  if (!steps.some((step) => step.isNeeded(context))) {
    warnOfDuplicateNames(raw, file, logger);
    return;
  }
  const backup = backUp(file, found.version);
  keep(backup);
  const done = runSteps(context, steps);
  raw.exec("commit");
  const fields = { file, from: found.version, to: schemaVersion, backup: backup.file };
  logger.info({ ...fields, steps: done }, "database upgraded");
  for (const warning of warnings) logger.warn(fields, warning);
  warnOfDuplicateNames(raw, file, logger);
}

/**
 * Upgrades a file of the reference server's versions 0 to 5 to the shape of version 5, if needed. Writes a
 * backup beside it before the first change. If the upgrade fails, the file is unchanged.
 *
 * @throws ServerError with `DATABASE_VERSION` or `DATABASE_UNUSABLE`, or an error of SQLite.
 */
export function upgradeFile(file: string, options: UpgradeOptions): void {
  if (file === ":memory:" || !existsSync(file) || statSync(file).size === 0) return;
  // Enforced foreign keys would prevent rebuilding tables, and the reference server's own upgrade broke some.
  const raw = new DatabaseSync(file, { enableForeignKeyConstraints: false });
  let backup: Backup | undefined;
  let hasSucceeded = false;
  try {
    raw.exec("pragma locking_mode = exclusive; pragma synchronous = full");
    // Moves what a killed server left in the WAL into the file before the file is copied.
    raw.exec("pragma wal_checkpoint(truncate)");
    raw.exec("begin exclusive");
    upgradeLocked(raw, file, options, (made) => {
      backup = made;
    });
    hasSucceeded = true;
  } finally {
    // Also if no step was needed. A failed rollback throws, which keeps the backup.
    if (raw.isTransaction) raw.exec("rollback");
    raw.close();
    backup?.release();
    if (!hasSucceeded && backup) rmSync(backup.file);
  }
}
