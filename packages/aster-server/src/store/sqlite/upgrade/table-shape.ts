import { DatabaseSync } from "node:sqlite";
import { createTables } from "../schema.ts";

/** One column as SQLite describes it. */
interface Column {
  readonly name: string;
  /** Whether an insert that does not name it must fail. */
  readonly isRequired: boolean;
}

/** What a table looks like; types are left out, since upstream's own files differ in them. */
export interface TableShape {
  readonly columns: readonly Column[];
  /** Names of the columns of the primary key, in its order. */
  readonly key: readonly string[];
}

/** Names of the tables of a database, without SQLite's own. */
export function tableNames(raw: DatabaseSync): Set<string> {
  const rows = raw
    .prepare("select name from sqlite_master where type = 'table' and name not like 'sqlite\\_%' escape '\\'")
    .all();
  return new Set(rows.map((row) => String(row["name"])));
}

/** The shape of one table, without columns and key if there is no such table. */
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

/** Names of a table's columns, in their order. */
export const columnNames = (raw: DatabaseSync, table: string): string[] =>
  readShape(raw, table).columns.map(({ name }) => name);

/** Upstream's tables at version 5. */
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

/** Name of one of upstream's tables. */
export type UpstreamTable = (typeof upstreamTables)[number];

interface TableDefinition extends TableShape {
  /** The statement that makes the table. */
  readonly sql: string;
}

/** Read from an empty database, so that the shapes are written down in one place only. */
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

/** How a table looks at version 5. */
export function tableDefinition(table: UpstreamTable): TableDefinition {
  definitions ??= readDefinitions();
  return definitions[table];
}
