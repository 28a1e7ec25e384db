import { DatabaseSync } from "node:sqlite";
import { createTables } from "../schema.ts";

/** Column of a table. */
interface Column {
  readonly name: string;
  /** Whether an insert that omits it fails. */
  readonly isRequired: boolean;
}

/** Columns and primary key of a table. Without types, which differ between files of the reference server. */
export interface TableShape {
  readonly columns: readonly Column[];
  /** Columns of the primary key, in key order. */
  readonly key: readonly string[];
}

/** Returns the names of all tables except those of SQLite itself. */
export function tableNames(raw: DatabaseSync): Set<string> {
  const rows = raw
    .prepare("select name from sqlite_master where type = 'table' and name not like 'sqlite\\_%' escape '\\'")
    .all();
  return new Set(rows.map((row) => String(row["name"])));
}

/** Reads the shape of a table; columns and key are empty if there is no such table. */
export function readShape(raw: DatabaseSync, table: string): TableShape {
  const rows = raw.prepare("select * from pragma_table_info(?) order by cid").all(table);
  return {
    columns: rows.map((row) => ({
      name: String(row["name"]),
      isRequired: row["notnull"] === 1 && row["dflt_value"] === null && row["pk"] === 0,
    })),
    key: rows
      .filter((row) => row["pk"] !== 0)
      .sort((a, b) => Number(a["pk"]) - Number(b["pk"]))
      .map((row) => String(row["name"])),
  };
}

/** Returns the column names of a table, in order. */
export const columnNames = (raw: DatabaseSync, table: string): string[] =>
  readShape(raw, table).columns.map(({ name }) => name);

/** Tables of the reference server at version 5. */
export const upstreamTables = [
  "version",
  "server_config",
  "channels",
  "users",
  "messages",
  "groups",
  "user_groups",
  "sync_data",
  "sync_servers",
  "emojis",
  "channel_group_permissions",
  "last_read_messages",
] as const;

/** Name of a table of the reference server. */
export type UpstreamTable = (typeof upstreamTables)[number];

interface TableDefinition extends TableShape {
  /** The `create table` statement. */
  readonly sql: string;
}

/** Reads the definitions from an empty database, so that the schema is written down in one place only. */
function readDefinitions(): Readonly<Record<UpstreamTable, TableDefinition>> {
  const raw = new DatabaseSync(":memory:");
  try {
    raw.exec(createTables);
    const find = raw.prepare("select sql from sqlite_master where type = 'table' and name = ?");
    const entries = upstreamTables.map((table) => [
      table,
      { ...readShape(raw, table), sql: String(find.get(table)?.["sql"]) },
    ]);
    return Object.fromEntries(entries);
  } finally {
    raw.close();
  }
}

let definitions: Readonly<Record<UpstreamTable, TableDefinition>> | undefined;

/** Returns the definition of a table at version 5. */
export function tableDefinition(table: UpstreamTable): TableDefinition {
  definitions ??= readDefinitions();
  return definitions[table];
}
