import { closeSync, constants, openSync, readFileSync, writeSync } from "node:fs";
import type { DatabaseSync, StatementSync } from "node:sqlite";
import { isRecord, type Logger } from "@asterite/util";
import { maxEpochs } from "../epoch.ts";

/** Suffix of the file beside the database. */
export const positionSuffix = ".position";

/** Width of the number, so that a write never changes the length of the file. */
const seqWidth = 16;

/** Time in ms within which a commit reaches the file; a busy server writes once for many commits. */
const writeDelayMs = 50;

/** Reads the newest rows of the epochs, oldest first. */
export const selectEpochs = `select epoch, started_after from (
  select number, epoch, started_after from asterite_epochs order by number desc limit ${maxEpochs}) order by number`;

interface Position {
  readonly epoch: string;
  readonly newestSeq: number;
}

/**
 * Newest event that was committed, in a file beside the database. A database that is behind this file was
 * replaced with an older copy. The file is written soon after a commit but not flushed: after a crash or a power
 * failure it may be behind the database, never ahead of it.
 */
export class LogPosition {
  readonly #file: string;
  readonly #logger: Logger;
  readonly #select: StatementSync;
  #descriptor: number | undefined;
  #written = "";
  #timer: NodeJS.Timeout | undefined;

  constructor(database: string, raw: DatabaseSync, logger: Logger) {
    this.#file = database + positionSuffix;
    this.#logger = logger;
    this.#select = raw.prepare(
      `select (select epoch from asterite_epochs order by number desc limit 1) as epoch,
        coalesce((select seq from sqlite_sequence where name = 'asterite_events'), 0) as seq`,
    );
  }

  /** Returns whether the database was replaced since the file was last written. */
  isDatabaseReplaced(): boolean {
    const known = this.#readFile();
    if (!known) return false;
    const { epoch, newestSeq } = this.#readDatabase();
    return known.epoch !== epoch || known.newestSeq > newestSeq;
  }

  /** Writes the position soon, with those of the commits until then. */
  writeSoon(): void {
    this.#timer ??= setTimeout(() => this.write(), writeDelayMs).unref();
  }

  /** Writes the position of the committed database. Never throws: without it, only a replaced file goes unnoticed. */
  write(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const { epoch, newestSeq } = this.#readDatabase();
    const text = `${JSON.stringify({ epoch, newestSeq: String(newestSeq).padStart(seqWidth, "0") })}\n`;
    if (text === this.#written) return;
    try {
      this.#descriptor ??= openSync(this.#file, constants.O_RDWR | constants.O_CREAT, 0o600);
      writeSync(this.#descriptor, text, 0);
      this.#written = text;
    } catch (error) {
      this.#logger.warn({ err: error, file: this.#file }, "log position not written");
    }
  }

  /** Writes a position that is due, and closes the file. */
  close(): void {
    if (this.#timer) this.write();
    if (this.#descriptor !== undefined) closeSync(this.#descriptor);
    this.#descriptor = undefined;
  }

  #readDatabase(): Position {
    const row = this.#select.get();
    return { epoch: String(row?.["epoch"]), newestSeq: Number(row?.["seq"]) };
  }

  #readFile(): Position | undefined {
    try {
      const value: unknown = JSON.parse(readFileSync(this.#file, "utf8"));
      if (!isRecord(value) || typeof value["epoch"] !== "string") return undefined;
      return { epoch: value["epoch"], newestSeq: Number(value["newestSeq"]) };
    } catch {
      // Missing, or torn by a power failure.
      return undefined;
    }
  }
}
