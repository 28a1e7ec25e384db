import type { Attachment } from "@asterite/aster-protocol";
import { sql } from "kysely";
import type { TableSource } from "./table-source.ts";

/** Row of a file. */
export interface FileRow {
  id: string;
  owner_uuid: number;
  /** Message that shows the file; null before it is sent. */
  message_uuid: number | null;
  /** Place among the files of the message. */
  place: number;
  name: string;
  type: string;
  size: number;
  /** SHA-256 of the bytes in hexadecimal digits; empty until all have arrived. */
  hash: string;
  /** Unix time in seconds. */
  created: number;
}

/** Statements that create the table, for both databases. */
export const fileTable = [
  `create table if not exists asterite_files (
    id text primary key, owner_uuid bigint not null, message_uuid bigint, place int not null, name text not null,
    type text not null, size bigint not null, hash text not null, created bigint not null)`,
  "create index if not exists asterite_files_message on asterite_files (message_uuid)",
  "create index if not exists asterite_files_owner on asterite_files (owner_uuid)",
  "create index if not exists asterite_files_hash on asterite_files (hash)",
] as const;

/** Bytes in files, those announced included. */
export interface FileUse {
  readonly byOwner: number;
  readonly byAll: number;
}

/** Files of messages. */
export interface FileStore {
  add(file: FileRow): Promise<void>;
  get(id: string): Promise<FileRow | undefined>;
  /** Records that all bytes of a file have arrived. */
  complete(id: string, hash: string): Promise<void>;
  /** Makes a file part of a message. */
  attach(id: string, message: number, place: number): Promise<void>;
  /** Returns the files of messages in their order. Messages without any are left out. */
  ofMessages(messages: readonly number[]): Promise<ReadonlyMap<number, Attachment[]>>;
  countUse(owner: number): Promise<FileUse>;
  /** Removes the files of messages that are gone, and those announced before a time and never sent. */
  removeUnused(before: number): Promise<void>;
  /** Returns those of some hashes that a file has. */
  findHashes(hashes: readonly string[]): Promise<ReadonlySet<string>>;
}

/** Files in either database: the statements are the same in both. */
export class FileTable implements FileStore {
  readonly #source: TableSource;

  constructor(source: TableSource) {
    this.#source = source;
  }

  async add(file: FileRow): Promise<void> {
    const { id, owner_uuid, message_uuid, place, name, type, size, hash, created } = file;
    await sql`
      insert into asterite_files (id, owner_uuid, message_uuid, place, name, type, size, hash, created)
      values (${id}, ${owner_uuid}, ${message_uuid}, ${place}, ${name}, ${type}, ${size}, ${hash}, ${created})`.execute(
      await this.#source.queryForWriting(),
    );
  }

  async get(id: string): Promise<FileRow | undefined> {
    const query = await this.#source.queryForReading();
    const { rows } = await sql<FileRow>`select * from asterite_files where id = ${id}`.execute(query);
    return rows[0];
  }

  async complete(id: string, hash: string): Promise<void> {
    const query = await this.#source.queryForWriting();
    await sql`update asterite_files set hash = ${hash} where id = ${id}`.execute(query);
  }

  async attach(id: string, message: number, place: number): Promise<void> {
    const query = await this.#source.queryForWriting();
    await sql`update asterite_files set message_uuid = ${message}, place = ${place} where id = ${id}`.execute(
      query,
    );
  }

  async ofMessages(messages: readonly number[]): Promise<ReadonlyMap<number, Attachment[]>> {
    const found = new Map<number, Attachment[]>();
    if (messages.length === 0) return found;
    const query = await this.#source.queryForReading();
    const { rows } = await sql<Attachment & { readonly message: number }>`
      select message_uuid as message, id, name, type, size from asterite_files
      where message_uuid in (${sql.join(messages)}) order by message_uuid, place`.execute(query);
    for (const { message, id, name, type, size } of rows) {
      const files = found.get(message) ?? [];
      files.push({ id, name, type, size });
      found.set(message, files);
    }
    return found;
  }

  async countUse(owner: number): Promise<FileUse> {
    const query = await this.#source.queryForReading();
    const { rows } = await sql<{ readonly own: number | string; readonly total: number | string }>`
      select coalesce(sum(size), 0) as total,
        coalesce(sum(case when owner_uuid = ${owner} then size else 0 end), 0) as own
      from asterite_files`.execute(query);
    return { byOwner: Number(rows[0]?.own ?? 0), byAll: Number(rows[0]?.total ?? 0) };
  }

  async removeUnused(before: number): Promise<void> {
    const query = await this.#source.queryForWriting();
    await sql`
      delete from asterite_files where (message_uuid is null and created < ${before})
        or (message_uuid is not null
          and not exists (select 1 from messages where messages.uuid = asterite_files.message_uuid))`.execute(
      query,
    );
  }

  async findHashes(hashes: readonly string[]): Promise<ReadonlySet<string>> {
    if (hashes.length === 0) return new Set();
    const query = await this.#source.queryForReading();
    const { rows } = await sql<{ readonly hash: string }>`
      select distinct hash from asterite_files where hash in (${sql.join(hashes)})`.execute(query);
    return new Set(rows.map(({ hash }) => hash));
  }
}
