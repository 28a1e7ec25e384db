import { existsSync, rmSync, statSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import type { Logger } from "@asterite/util";
import type { InitialContent } from "../../initial-content.ts";
import { schemaVersion } from "../schema.ts";
import { type Backup, backUp } from "./backup.ts";
import { detectFormat } from "./detect-format.ts";
import type { UpgradeContext, UpgradeStep } from "./step.ts";
import { upgradeSteps } from "./steps.ts";

/** What an upgrade is told. */
export interface UpgradeOptions {
  readonly initial: InitialContent;
  readonly logger: Logger;
  /** What may have to be done. Default: everything known. */
  readonly steps?: readonly UpgradeStep[];
}

const selectOwnIndex =
  "select 1 from sqlite_master where type = 'index' and name like 'asterite\\_%' escape '\\'";

/** Says which names several accounts share: only the oldest of them can log in by its name. */
function warnOfDuplicateNames(raw: DatabaseSync, file: string, logger: Logger): void {
  const rows = raw
    .prepare("select name from users group by name having count(*) > 1 order by min(rowid) limit 20")
    .all();
  const names = rows.map((row) => row["name"]);
  if (names.length > 0) {
    logger.warn({ file, names }, "several accounts have the same name; the oldest one logs in by it");
  }
}

/** Runs the steps in one transaction, which is open already; returns the warnings and what was done. */
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
  if (found.kind === "empty") return;
  if (found.kind === "newer") {
    const fields = { file, version: found.version, known: schemaVersion };
    logger.warn(fields, "the database is newer than this server, but can be used; it is not changed");
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
 * Brings a file of the reference server's versions 0 to 5 into the shape of version 5, if it is not in it.
 * Before the first change a backup is made beside it. On any failure the file is what it was.
 *
 * @throws ServerError with `DATABASE_VERSION` or `DATABASE_UNUSABLE`, or an error of SQLite.
 */
export function upgradeFile(file: string, options: UpgradeOptions): void {
  if (file === ":memory:" || !existsSync(file) || statSync(file).size === 0) return;
  // Enforced foreign keys would be in the way of rebuilding tables, and upstream's own upgrade broke some.
  const raw = new DatabaseSync(file, { enableForeignKeyConstraints: false });
  let backup: Backup | undefined;
  let upgraded = false;
  try {
    raw.exec("pragma locking_mode = exclusive; pragma synchronous = full");
    // What a killed server left in its log belongs into the file before the file is copied.
    raw.exec("pragma wal_checkpoint(truncate)");
    raw.exec("begin exclusive");
    upgradeLocked(raw, file, options, (made) => {
      backup = made;
    });
    upgraded = true;
  } finally {
    // Also where nothing was to be done; a failed rollback keeps the backup.
    if (raw.isTransaction) raw.exec("rollback");
    raw.close();
    backup?.release();
    if (!upgraded && backup) rmSync(backup.file);
  }
}
