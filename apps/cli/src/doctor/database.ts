import { constants, existsSync } from "node:fs";
import { access, stat, statfs } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { pathToFileURL } from "node:url";
import { about, type Finding, reasonOf } from "./finding.ts";

const database = about("database");
const disk = about("disk");
/** Version of the reference server's form that is kept. */
const currentVersion = 5;
const mebibyte = 1024 * 1024;
const littleSpaceBytes = 1024 * mebibyte;
const noSpaceBytes = 64 * mebibyte;
const largeLogBytes = 256 * mebibyte;
const sqliteBusy = 5;
const futureSeconds = 3600;

/** What was found about the database. */
export interface DatabaseFindings {
  readonly findings: Finding[];
  /** Whether another process has it open. */
  readonly isInUse: boolean;
}

/** Looks at the database file without changing anything. */
export async function checkDatabase(file: string): Promise<DatabaseFindings> {
  if (file === ":memory:") {
    return {
      findings: [database.warning("only in memory", "Everything is lost at the end.")],
      isInUse: false,
    };
  }
  const folder = existingFolder(dirname(resolve(file)));
  const [state, space] = [await checkFile(file, folder), await checkSpace(folder)];
  return { findings: [...state.findings, ...space], isInUse: state.isInUse };
}

const existingFolder = (folder: string): string =>
  existsSync(folder) || dirname(folder) === folder ? folder : existingFolder(dirname(folder));

const mayDo = async (path: string, mode: number): Promise<boolean> =>
  await access(path, mode).then(
    () => true,
    () => false,
  );

async function checkFile(file: string, folder: string): Promise<DatabaseFindings> {
  const found = (...findings: Finding[]): DatabaseFindings => ({ findings, isInUse: false });
  const own = "Give the folder to the user that runs the server: chown -R USER FOLDER.";
  if (!(await mayDo(folder, constants.W_OK | constants.X_OK))) {
    return found(database.problem(`the folder ${folder} cannot be written`, own));
  }
  if (!existsSync(file)) return found(database.ok(`${file} is made on the first start`));
  if (!(await mayDo(file, constants.R_OK | constants.W_OK))) {
    return found(database.problem(`${file} cannot be read and written`, own));
  }
  const { uid, size } = await stat(file);
  // SQLite would leave files beside it that the server's own user cannot open.
  if (process.getuid !== undefined && process.getuid() !== uid) {
    return found(
      database.warning(`${file} belongs to another user and was not opened`, "Run doctor as that user."),
    );
  }
  if (isHeld(`${file}.lock`)) {
    return { findings: [database.ok(`${file} is in use by a running server`)], isInUse: true };
  }
  try {
    return found(...inspect(file, size), ...(await checkLog(file)));
  } catch (error) {
    if (isBusy(error)) {
      const advice = "Stop the program that uses it; a reference server perhaps.";
      return { findings: [database.warning(`${file} is in use by another program`, advice)], isInUse: true };
    }
    return found(
      database.problem(`${file}: ${reasonOf(error)}`, "Restore a back-up, or give the right file."),
    );
  }
}

const isBusy = (error: unknown): boolean =>
  error instanceof Error && "errcode" in error && error.errcode === sqliteBusy;

/** A running server holds SQLite's lock on a file beside the database. */
function isHeld(lockFile: string): boolean {
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

/** Without a log nobody has the file open, and it can be read without leaving any trace. */
function openToLook(file: string): DatabaseSync {
  if (existsSync(`${file}-wal`)) return new DatabaseSync(file, { readOnly: true });
  const url = pathToFileURL(resolve(file));
  url.searchParams.set("immutable", "1");
  return new DatabaseSync(url, { readOnly: true });
}

function inspect(file: string, size: number): Finding[] {
  const raw = openToLook(file);
  try {
    const tables = new Set(
      raw
        .prepare("select name from sqlite_master where type = 'table'")
        .all()
        .map(({ name }) => name),
    );
    if (tables.size === 0) return [database.ok(`${file} is empty and is filled on the first start`)];
    if (!tables.has("users") || !tables.has("messages")) {
      return [database.problem(`${file} is no chat server's database`, "Give the right file.")];
    }
    const faults = raw
      .prepare("pragma quick_check(3)")
      .all()
      .map((row) => String(row["quick_check"]));
    if (faults[0] !== "ok") {
      return [database.problem(`${file} is damaged: ${faults.join("; ")}`, "Restore a back-up.")];
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
  if (version > currentVersion || Number.isNaN(version)) {
    return [database.problem(`${text}: newer than this server knows`, "Install a newer asterite.")];
  }
  if (version < currentVersion) {
    return [
      database.warning(
        `${text}: an older form`,
        "The server upgrades it when it starts, after a back-up beside it.",
      ),
    ];
  }
  return [database.ok(`${text}, sound`)];
}

/** Messages from the future tell of a clock that was wrong, or is. */
function checkDates(raw: DatabaseSync): Finding[] {
  const newest = Number(
    raw.prepare("select date from messages order by rowid desc limit 1").get()?.["date"] ?? 0,
  );
  if (newest <= Date.now() / 1000 + futureSeconds) return [];
  const text = new Date(newest * 1000).toISOString();
  return [about("clock").warning(`the newest message is of ${text}`, "Look whether the clock is right.")];
}

async function checkLog(file: string): Promise<Finding[]> {
  const log = `${file}-wal`;
  if (!existsSync(log)) return [];
  const { size } = await stat(log);
  if (size < largeLogBytes) return [];
  const text = `${log} is ${Math.round(size / mebibyte)} MiB large`;
  return [
    database.warning(text, "Keep it beside the database; starting and stopping the server folds it in."),
  ];
}

async function checkSpace(folder: string): Promise<Finding[]> {
  const { bavail, bsize } = await statfs(folder);
  const free = bavail * bsize;
  const text = `${Math.round(free / mebibyte)} MiB free`;
  if (free < noSpaceBytes)
    return [disk.problem(text, "Make room: messages cannot be stored on a full disk.")];
  if (free < littleSpaceBytes) return [disk.warning(text, "Make room before it is full.")];
  return [disk.ok(text)];
}
