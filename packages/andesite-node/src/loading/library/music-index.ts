import { rmSync } from "node:fs";
import { basename, dirname, extname } from "node:path";
import { DatabaseSync, type StatementSync } from "node:sqlite";
import type { MediaFacts } from "@asterite/audio/media";
import { createFolder } from "@asterite/util/create-folder";
import { cleanText } from "../clean-text.ts";
import { wholeOf } from "../part-identifier.ts";
import type { CatalogFile } from "./catalog.ts";
import type { CollectionFile } from "./collections.ts";

/** State of a file when it was probed. */
export interface IndexedFile {
  readonly id: number;
  readonly modifiedMs: number;
  readonly size: number;
  /** Whether the file is divided into tracks, which are indexed in its place, and by which cue sheet. */
  readonly divided: Divided;
}

/** Cue sheet that divides a file: none, a file, or one in the tags of the file. */
type Divided = "no" | "by-file" | "by-tags";

/** Track of a cue sheet, as a part of an audio file. */
export interface IndexedPart {
  readonly id: number;
  /** Identifier of the part. */
  readonly path: string;
  /** State of the audio file when it was probed. */
  readonly modifiedMs: number;
  readonly size: number;
}

/** State of a file, and what is known of it. */
export interface FileEntry {
  readonly path: string;
  readonly modifiedMs: number;
  readonly size: number;
  /** Null for a file that cannot be played or is divided; it is stored so that the file is not probed again. */
  readonly facts: MediaFacts | null;
  /** Default `no`. */
  readonly divided?: Divided;
  /** Id of the cue sheet, or of the file with the sheet in its tags, to which this part belongs; it is removed with that. */
  readonly sheet?: number;
}

/** Indexed file that can be played, or part of one. */
export interface IndexedTrack extends IndexMatch {
  /** Path of the cue sheet that the track is of, or of the file with the sheet in its tags; null for a file. */
  readonly sheet: string | null;
}

/** Follows the files of an index. */
export interface IndexFollower {
  add(file: CollectionFile): void;
  remove(path: string): void;
}

/** A search result. */
export interface IndexMatch {
  readonly path: string;
  readonly facts: MediaFacts;
}

/** Version of the schema and of the stored facts. An index of another version is rebuilt. */
const schemaVersion = 8;

/** Matches of a search of which the best are returned: ranking all files of a word such as "the" would take too long. */
const maxRanked = 5_000;

/** Time in ms to wait for a lock held by another process. */
const busyTimeoutMs = 1_000;

const schema = `
  drop table if exists files;
  drop table if exists words;
  create table files (
    id integer primary key,
    path text not null unique,
    modified real not null,
    size integer not null,
    facts text,
    album text,
    artist text,
    divided text not null,
    sheet integer
  ) strict;
  create index parts on files (sheet) where sheet is not null;
  create virtual table words using fts5 (
    title, author, album, name,
    tokenize = "unicode61 remove_diacritics 2",
    prefix = '2 3'
  );
  pragma user_version = ${schemaVersion};
`;

/** Path of the cue sheet that a file is a part of. */
const sheetPath = "(select path from files as sheets where sheets.id = files.sheet)";

/** Full-text index (SQLite FTS5) of the files in the music folders. */
export class MusicIndex {
  readonly #database: DatabaseSync;
  readonly #select: StatementSync;
  readonly #insert: StatementSync;
  readonly #insertWords: StatementSync;
  readonly #remove: StatementSync;
  readonly #removeWords: StatementSync;
  readonly #selectParts: StatementSync;
  readonly #search: StatementSync;
  readonly #selectTrack: StatementSync;
  #follower: IndexFollower | undefined;
  #revision = 0;

  /** @param file - Path of the database; null for one in memory. */
  constructor(file: string | null) {
    const database = open(file);
    this.#database = database;
    this.#select = database.prepare(
      "select id, modified as modifiedMs, size, divided from files where path = ?",
    );
    this.#insert = database.prepare(
      `insert into files (path, modified, size, facts, album, artist, divided, sheet)
       values (?, ?, ?, ?, ?, ?, ?, ?) returning id`,
    );
    this.#insertWords = database.prepare(
      "insert into words (rowid, title, author, album, name) values (?, ?, ?, ?, ?)",
    );
    this.#remove = database.prepare("delete from files where id = ? returning path");
    this.#selectParts = database.prepare(
      "select id, path, modified as modifiedMs, size from files where sheet = ?",
    );
    this.#removeWords = database.prepare("delete from words where rowid = ?");
    this.#selectTrack = database.prepare(
      `select facts, ${sheetPath} as sheet from files where path = ? and facts is not null`,
    );
    this.#search = database.prepare(
      `select path, facts from files join (
         select id, score from (
           select rowid as row, bm25(words, 8, 6, 4, 1) as score from words
           where words match ? limit ${maxRanked}
         ) join files on files.id = row order by score, path limit ?
       ) using (id) order by score, path`,
    );
  }

  /** Number of changes since the index was opened. */
  get revision(): number {
    return this.#revision;
  }

  /** Sets the follower that is notified of every change from now on. */
  follow(follower: IndexFollower): void {
    this.#follower = follower;
  }

  /** Returns the state of an indexed file; undefined for a new one. */
  get(path: string): IndexedFile | undefined {
    return this.#select.get(path) as IndexedFile | undefined;
  }

  /** Adds a file, or replaces its entry, of which all parts are removed. Returns its id. */
  put({ path, modifiedMs, size, facts, divided = "no", sheet }: FileEntry): number {
    return this.#transaction(() => {
      const before = this.get(path);
      if (before) this.#delete(before.id);
      const [album, artist] = [cleanText(facts?.album ?? null), cleanText(facts?.author ?? null)];
      const json = facts && JSON.stringify(facts);
      const row = this.#insert.get(path, modifiedMs, size, json, album, artist, divided, sheet ?? null);
      const id = Number(row?.["id"]);
      if (facts) {
        const whole = wholeOf(path);
        const name = basename(whole, extname(whole));
        this.#insertWords.run(id, facts.title ?? "", facts.author ?? "", facts.album ?? "", name);
      }
      this.#follower?.add({ path, album, artist, isPlayable: facts !== null });
      return id;
    });
  }

  /** Returns the parts of a cue sheet, or of a file with a sheet in its tags. */
  partsOf(id: number): readonly IndexedPart[] {
    return this.#selectParts.all(id) as unknown as readonly IndexedPart[];
  }

  /** Returns a file or part; undefined for one that cannot be played or is not indexed. */
  getTrack(path: string): IndexedTrack | undefined {
    const row = this.#selectTrack.get(path);
    return row && { path, facts: JSON.parse(String(row["facts"])), sheet: textOf(row["sheet"]) };
  }

  /** Returns files with ids from `id` on, in ascending order of the ids. */
  listFiles(id: number, limit: number): readonly (CollectionFile & { readonly id: number })[] {
    const rows = this.#database
      .prepare(
        `select id, path, album, artist, facts is not null as playable from files
         where id >= ? order by id limit ?`,
      )
      .all(id, limit);
    return rows.map((row) => ({
      id: Number(row["id"]),
      path: String(row["path"]),
      isPlayable: row["playable"] === 1,
      album: textOf(row["album"]),
      artist: textOf(row["artist"]),
    }));
  }

  /** Returns files with ids from `id` on, in ascending order of the ids. */
  listEntries(id: number, limit: number): readonly (CatalogFile & { readonly id: number })[] {
    const rows = this.#database
      .prepare(
        `select id, path, modified, facts, ${sheetPath} as sheet from files where id >= ? order by id limit ?`,
      )
      .all(id, limit);
    return rows.map(({ id, path, modified, facts, sheet }) => ({
      id: Number(id),
      path: String(path),
      modifiedMs: Number(modified),
      facts: facts === null ? null : JSON.parse(String(facts)),
      sheet: textOf(sheet),
    }));
  }

  /** Returns ids from `id` on, in ascending order. */
  listIds(id: number, limit: number): readonly number[] {
    const rows = this.#database
      .prepare("select id from files where id >= ? order by id limit ?")
      .all(id, limit);
    return rows.map((row) => Number(row["id"]));
  }

  /** Removes files. */
  remove(ids: readonly number[]): void {
    this.#transaction(() => {
      for (const id of ids) this.#delete(id);
    });
  }

  /**
   * Returns the files that contain all these words, best matches first. The last word, from two letters on,
   * may be a prefix.
   */
  search(words: string, limit: number): readonly IndexMatch[] {
    const expression = toMatchExpression(words);
    if (expression === null) return [];
    const rows = this.#search.all(expression, limit);
    return rows.map((row) => ({ path: String(row["path"]), facts: JSON.parse(String(row["facts"])) }));
  }

  close(): void {
    this.#database.close();
  }

  #delete(id: number): void {
    for (const part of this.partsOf(id)) this.#delete(part.id);
    this.#removeWords.run(id);
    const path = this.#remove.get(id)?.["path"];
    if (typeof path === "string") this.#follower?.remove(path);
  }

  #transaction<Result>(change: () => Result): Result {
    this.#revision++;
    this.#database.exec("begin");
    try {
      const result = change();
      this.#database.exec("commit");
      return result;
    } catch (error) {
      this.#database.exec("rollback");
      throw error;
    }
  }
}

const textOf = (value: unknown): string | null => (typeof value === "string" ? value : null);

/** Primary result codes of SQLite for damaged files: SQLITE_CORRUPT and SQLITE_NOTADB. */
const corruptionCodes = new Set([11, 26]);

function open(file: string | null): DatabaseSync {
  if (file === null) return prepareSchema(new DatabaseSync(":memory:"));
  createFolder(dirname(file));
  try {
    return prepareSchema(new DatabaseSync(file, { timeout: busyTimeoutMs }));
  } catch (error) {
    const number = error instanceof Error && "errcode" in error ? Number(error.errcode) & 0xff : 0;
    if (!corruptionCodes.has(number)) throw error;
    // The index can be rebuilt from the files, so a damaged one is replaced.
    for (const suffix of ["", "-wal", "-shm"]) rmSync(file + suffix, { force: true });
    return prepareSchema(new DatabaseSync(file, { timeout: busyTimeoutMs }));
  }
}

function prepareSchema(database: DatabaseSync): DatabaseSync {
  try {
    database.exec("pragma journal_mode = wal; pragma synchronous = normal;");
    const row = database.prepare("pragma user_version").get();
    if (row?.["user_version"] !== schemaVersion) database.exec(schema);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/** Converts a search to an FTS5 expression without operators; null if it contains no words. */
function toMatchExpression(words: string): string | null {
  // NUL would terminate the expression. Terms without a letter or digit would be empty after tokenizing.
  const terms = words.split(/[\s\0]+/).filter((word) => /[\p{L}\p{N}]/u.test(word));
  if (terms.length === 0) return null;
  // A prefix of one letter would match too many files.
  const isPrefixSearch = (terms.at(-1)?.length ?? 0) > 1;
  return terms.map((word) => `"${word.replaceAll('"', '""')}"`).join(" ") + (isPrefixSearch ? "*" : "");
}
