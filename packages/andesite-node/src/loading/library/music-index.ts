import { mkdirSync, rmSync } from "node:fs";
import { basename, dirname, extname } from "node:path";
import { DatabaseSync, type StatementSync } from "node:sqlite";
import type { MediaFacts } from "@asterite/audio/media";

/** A file as it was when it was looked into. */
export interface IndexedFile {
  readonly id: number;
  readonly modifiedMs: number;
  readonly size: number;
}

/** A file that a search found. */
export interface IndexMatch {
  readonly path: string;
  readonly facts: MediaFacts;
}

/** Changes with what is stored; an index of another version is made anew. */
const schemaVersion = 3;

/** How long another process may hold the index, in ms. */
const busyTimeoutMs = 1_000;

const schema = `
  drop table if exists files;
  drop table if exists words;
  create table files (
    id integer primary key,
    path text not null unique,
    modified real not null,
    size integer not null,
    facts text
  ) strict;
  create virtual table words using fts5 (
    title, author, album, name,
    tokenize = "unicode61 remove_diacritics 2",
    prefix = '2 3'
  );
  pragma user_version = ${schemaVersion};
`;

/** What is known about the files in the music folders, and the words that they are found by. */
export class MusicIndex {
  readonly #database: DatabaseSync;
  readonly #select: StatementSync;
  readonly #insert: StatementSync;
  readonly #insertWords: StatementSync;
  readonly #remove: StatementSync;
  readonly #removeWords: StatementSync;
  readonly #search: StatementSync;

  /** @param file - Where the index is kept; null for one that ends with the process. */
  constructor(file: string | null) {
    const database = open(file);
    this.#database = database;
    this.#select = database.prepare("select id, modified as modifiedMs, size from files where path = ?");
    this.#insert = database.prepare(
      "insert into files (path, modified, size, facts) values (?, ?, ?, ?) returning id",
    );
    this.#insertWords = database.prepare(
      "insert into words (rowid, title, author, album, name) values (?, ?, ?, ?, ?)",
    );
    this.#remove = database.prepare("delete from files where id = ?");
    this.#removeWords = database.prepare("delete from words where rowid = ?");
    this.#search = database.prepare(
      `select path, facts from words join files on files.id = words.rowid
       where words match ? order by bm25(words, 8, 6, 4, 1), path limit ?`,
    );
  }

  /** What is known of a file; undefined for a new one. */
  get(path: string): IndexedFile | undefined {
    return this.#select.get(path) as IndexedFile | undefined;
  }

  /**
   * Puts a file in the place of what was known of it.
   *
   * @param facts - Null for a file that cannot be played, so that it is not looked into again.
   */
  put(path: string, modifiedMs: number, size: number, facts: MediaFacts | null): number {
    return this.#transaction(() => {
      const before = this.get(path);
      if (before) this.#delete(before.id);
      const row = this.#insert.get(path, modifiedMs, size, facts && JSON.stringify(facts));
      const id = Number(row?.["id"]);
      if (facts) {
        const name = basename(path, extname(path));
        this.#insertWords.run(id, facts.title ?? "", facts.author ?? "", facts.album ?? "", name);
      }
      return id;
    });
  }

  /** Numbers of files, from a number on and in order. */
  listIds(id: number, limit: number): readonly number[] {
    const rows = this.#database
      .prepare("select id from files where id >= ? order by id limit ?")
      .all(id, limit);
    return rows.map((row) => Number(row["id"]));
  }

  /** Forgets files. */
  remove(ids: readonly number[]): void {
    this.#transaction(() => {
      for (const id of ids) this.#delete(id);
    });
  }

  /**
   * Finds files that have all these words, the last one perhaps only as a beginning of two letters or more; the best
   * ones come first.
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
    this.#removeWords.run(id);
    this.#remove.run(id);
  }

  #transaction<Result>(change: () => Result): Result {
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

/** SQLite's numbers for files that are damaged, or no databases. */
const corruptionCodes = new Set([11, 26]);

function open(file: string | null): DatabaseSync {
  if (file === null) return prepareSchema(new DatabaseSync(":memory:"));
  mkdirSync(dirname(file), { recursive: true });
  try {
    return prepareSchema(new DatabaseSync(file, { timeout: busyTimeoutMs }));
  } catch (error) {
    const number = error instanceof Error && "errcode" in error ? Number(error.errcode) & 0xff : 0;
    if (!corruptionCodes.has(number)) throw error;
    // What is in it can be found again, so a damaged one is not worth keeping.
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

/** Nothing in a search is an operator of the index; null where there are no words. */
function toMatchExpression(words: string): string | null {
  // A NUL would end the expression in the middle, and without a letter or digit nothing is left of a word.
  const terms = words.split(/[\s\0]+/).filter((word) => /[\p{L}\p{N}]/u.test(word));
  if (terms.length === 0) return null;
  // Too much begins with the same letter.
  const isPrefixSearch = (terms.at(-1)?.length ?? 0) > 1;
  return terms.map((word) => `"${word.replaceAll('"', '""')}"`).join(" ") + (isPrefixSearch ? "*" : "");
}
