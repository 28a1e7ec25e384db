import { constants, existsSync } from "node:fs";
import { access, stat, statfs } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { pathToFileURL } from "node:url";
import { type Finding, findingsFor, reasonOf } from "./finding.ts";

const database = findingsFor("database");
const disk = findingsFor("disk");
/** Latest schema version of the database file. */
const latestSchemaVersion = 5;
const mebibyte = 1024 * 1024;
const lowSpaceBytes = 1024 * mebibyte;
const minSpaceBytes = 64 * mebibyte;
const largeWalBytes = 256 * mebibyte;
const sqliteBusy = 5;
const maxClockSkewSeconds = 3600;

/** Findings about the database. */
export interface DatabaseFindings {
  readonly findings: Finding[];
  /** Whether another process has opened it. */
  readonly isInUse: boolean;
}

/** Checks the database file without changing it. */
export async function checkDatabase(file: string): Promise<DatabaseFindings> {
  if (file === ":memory:") {
    return {
      findings: [database.warning("in memory only", "All data is lost on exit.")],
      isInUse: false,
    };
  }
  const folder = existingFolder(dirname(resolve(file)));
  const [state, space] = [await checkFile(file, folder), await checkSpace(folder)];
  return { findings: [...state.findings, ...space], isInUse: state.isInUse };
}

const existingFolder = (folder: string): string =>
  existsSync(folder) || dirname(folder) === folder ? folder : existingFolder(dirname(folder));

const isAccessible = async (path: string, mode: number): Promise<boolean> =>
  await access(path, mode).then(
    () => true,
    () => false,
  );

async function checkFile(file: string, folder: string): Promise<DatabaseFindings> {
  const found = (...findings: Finding[]): DatabaseFindings => ({ findings, isInUse: false });
  const ownerAdvice = "Make the user that runs the server its owner: chown -R USER FOLDER.";
  if (!(await isAccessible(folder, constants.W_OK | constants.X_OK))) {
    return found(database.problem(`folder ${folder} is not writable`, ownerAdvice));
  }
  if (!existsSync(file)) return found(database.ok(`${file} will be created on first start`));
  if (!(await isAccessible(file, constants.R_OK | constants.W_OK))) {
    return found(database.problem(`${file} is not readable and writable`, ownerAdvice));
  }
  const { uid, size } = await stat(file);
  // SQLite would create files next to it that the server's user cannot open.
  if (process.getuid !== undefined && process.getuid() !== uid) {
    return found(
      database.warning(`${file} belongs to another user and was not opened`, "Run doctor as that user."),
    );
  }
  if (isLocked(`${file}.lock`)) {
    return { findings: [database.ok(`${file} is in use by a running server`)], isInUse: true };
  }
  try {
    return found(...inspect(file, size), ...(await checkWal(file)));
  } catch (error) {
    if (isBusy(error)) {
      const advice = "Stop the program that uses it, possibly a reference server.";
      return { findings: [database.warning(`${file} is in use by another program`, advice)], isInUse: true };
    }
    return found(database.problem(`${file}: ${reasonOf(error)}`, "Restore a backup, or check the path."));
  }
}

const isBusy = (error: unknown): boolean =>
  error instanceof Error && "errcode" in error && error.errcode === sqliteBusy;

/** Returns whether a running server holds the SQLite lock on the lock file next to the database. */
function isLocked(lockFile: string): boolean {
  if (!existsSync(lockFile)) return false;
  const lock = new DatabaseSync(lockFile, { readOnly: true });
  try {
    lock.prepare("select count(*) from sqlite_master").get();
    return false;
  } catch (error) {
    return isBusy(error);
  } finally {
    lock.close();
  }
}

/**
 * Opens the database read-only. Without a WAL no process has it open, so it is opened as immutable and leaves
 * no files.
 */
function openReadOnly(file: string): DatabaseSync {
  if (existsSync(`${file}-wal`)) return new DatabaseSync(file, { readOnly: true });
  const url = pathToFileURL(resolve(file));
  url.searchParams.set("immutable", "1");
  return new DatabaseSync(url, { readOnly: true });
}

function inspect(file: string, size: number): Finding[] {
  const raw = openReadOnly(file);
  try {
    const tables = new Set(
      raw
        .prepare("select name from sqlite_master where type = 'table'")
        .all()
        .map(({ name }) => name),
    );
    if (tables.size === 0) return [database.ok(`${file} is empty and will be initialized on first start`)];
    if (!tables.has("users") || !tables.has("messages")) {
      return [database.problem(`${file} is not a chat server database`, "Check the path.")];
    }
    const errors = raw
      .prepare("pragma quick_check(3)")
      .all()
      .map((row) => String(row["quick_check"]));
    if (errors[0] !== "ok") {
      return [database.problem(`${file} is damaged: ${errors.join("; ")}`, "Restore a backup.")];
    }
    const version = tables.has("version")
      ? raw.prepare("select version from version limit 1").get()?.["version"]
      : 0;
    return [...judgeVersion(file, Number(version), size), ...checkDates(raw)];
  } finally {
    raw.close();
  }
}

function judgeVersion(file: string, version: number, size: number): Finding[] {
  const text = `${file}, version ${version}, ${(size / mebibyte).toFixed(1)} MiB`;
  if (version > latestSchemaVersion || Number.isNaN(version)) {
    return [database.problem(`${text}: newer than this version supports`, "Install a newer asterite.")];
  }
  if (version < latestSchemaVersion) {
    return [
      database.warning(
        `${text}: outdated schema`,
        "The server upgrades it on start, after backing it up next to it.",
      ),
    ];
  }
  return [database.ok(`${text}, intact`)];
}

/** Warns of messages dated in the future, which indicate a wrong clock. */
function checkDates(raw: DatabaseSync): Finding[] {
  const newest = Number(
    raw.prepare("select date from messages order by rowid desc limit 1").get()?.["date"] ?? 0,
  );
  if (newest <= Date.now() / 1000 + maxClockSkewSeconds) return [];
  const text = new Date(newest * 1000).toISOString();
  return [findingsFor("clock").warning(`the newest message is dated ${text}`, "Check the system clock.")];
}

async function checkWal(file: string): Promise<Finding[]> {
  const log = `${file}-wal`;
  if (!existsSync(log)) return [];
  const { size } = await stat(log);
  if (size < largeWalBytes) return [];
  const text = `${log} is ${Math.round(size / mebibyte)} MiB`;
  return [database.warning(text, "Keep it next to the database; a restart of the server merges it.")];
}

async function checkSpace(folder: string): Promise<Finding[]> {
  const { bavail, bsize } = await statfs(folder);
  const free = bavail * bsize;
  const text = `${Math.round(free / mebibyte)} MiB free`;
  if (free < minSpaceBytes)
    return [disk.problem(text, "Free disk space: messages cannot be stored on a full disk.")];
  if (free < lowSpaceBytes) return [disk.warning(text, "Free disk space soon.")];
  return [disk.ok(text)];
}
