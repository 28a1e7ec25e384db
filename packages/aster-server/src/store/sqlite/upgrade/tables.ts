import { type UpgradeContext, type UpgradeStep, unsupportedContent } from "./step.ts";
import { columnNames, readShape, tableDefinition, tableNames, type UpstreamTable } from "./table-shape.ts";

/** Differences between older shapes of a table and version 5. */
interface ColumnHistory {
  /** SQL expressions for columns that older shapes lack. */
  readonly added?: Readonly<Record<string, string>>;
  /** Columns of older shapes that version 5 does not have. */
  readonly removed?: readonly string[];
  /** Column that only some files have, and that may stay. */
  readonly optional?: string;
}

const columnHistories: Readonly<Partial<Record<UpstreamTable, ColumnHistory>>> = {
  channels: { added: { position: "row_number() over (order by rowid) - 1" } },
  messages: { added: { edited: "0", reply: "null" } },
  users: { added: { password: "''" }, removed: ["group_uuid"] },
  // The reference server names the columns when it writes to this table, so an extra column does no harm.
  user_groups: { optional: "link_id" },
  sync_servers: {
    // Before there was a name for each server, the name of the sync profile was used.
    added: {
      uname: "coalesce((select uname from sync_data where user_uuid = sync_servers.user_uuid), '')",
    },
    removed: ["rowid"],
  },
};

/** Replacements for null in columns that were once nullable. */
const nullReplacements: Readonly<Record<string, string>> = {
  "users.password": "''",
  "users.pfp": "''",
  "messages.edited": "0",
};

/** Tables whose old shapes only need copying. The other tables have their own upgrade steps. */
const plainTables: readonly UpstreamTable[] = [
  "channels",
  "users",
  "messages",
  "user_groups",
  "sync_data",
  "sync_servers",
  "emojis",
  "channel_group_permissions",
];

/**
 * Returns whether a table has the columns of version 5 in order, possibly followed by nullable or defaulted
 * ones.
 */
export function hasCurrentShape({ raw }: Pick<UpgradeContext, "raw">, table: UpstreamTable): boolean {
  const { columns } = readShape(raw, table);
  const { optional, removed = [] } = columnHistories[table] ?? {};
  const present = columns[0]?.name === optional ? columns.slice(1) : columns;
  const wanted = tableDefinition(table).columns;
  return (
    wanted.every(({ name }, index) => present[index]?.name === name) &&
    present
      .slice(wanted.length)
      .every(({ name, isRequired: required }) => !required && !removed.includes(name))
  );
}

/**
 * Checks that a table can be rebuilt without losing data.
 *
 * @throws ServerError if a column is missing or unknown.
 */
function assertCanRebuild({ raw, file }: UpgradeContext, table: UpstreamTable): void {
  const { added = {}, removed = [], optional } = columnHistories[table] ?? {};
  const present = columnNames(raw, table);
  const wanted = tableDefinition(table).columns.map(({ name }) => name);
  const missing = wanted.filter((name) => !present.includes(name) && !(name in added));
  if (missing.length > 0) {
    throw unsupportedContent(
      file,
      `has no column ${missing.join(", ")} in the table ${table}, which every version of the reference server has`,
      "Is it a database of the reference server?",
    );
  }
  const unknown = present.filter(
    (name) => !wanted.includes(name) && !removed.includes(name) && name !== optional,
  );
  if (unknown.length > 0) {
    throw unsupportedContent(
      file,
      `has a column ${unknown.join(", ")} in the table ${table}, which no version of the reference server has`,
      "If its content is not needed, remove the column from a copy and open the copy.",
    );
  }
}

/** Replaces a table with the rows of a select, and restores the indexes and triggers on it. */
export function replaceTable({ raw }: UpgradeContext, table: UpstreamTable, select: string): void {
  const attached = raw
    .prepare("select sql from sqlite_master where tbl_name = ? and type <> 'table' and sql is not null")
    .all(table);
  const temporary = `asterite_new_${table}`;
  raw.exec(tableDefinition(table).sql.replace(/^create table \w+/i, `create table ${temporary}`));
  raw.exec(`insert into ${temporary} ${select}`);
  // Foreign keys of other tables refer to the name, so they apply to the renamed table.
  raw.exec(`drop table "${table}"; alter table ${temporary} rename to "${table}"`);
  for (const { sql } of attached) raw.exec(String(sql));
}

function rebuildTable(context: UpgradeContext, table: UpstreamTable): void {
  assertCanRebuild(context, table);
  const { added = {} } = columnHistories[table] ?? {};
  const present = columnNames(context.raw, table);
  const names = tableDefinition(table).columns.map(({ name }) => name);
  const expressions = names.map((name) => {
    if (!present.includes(name)) return added[name];
    const instead = nullReplacements[`${table}.${name}`];
    return instead === undefined ? name : `coalesce(${name}, ${instead})`;
  });
  // Messages are ordered by rowid, so rowids are kept, with gaps.
  replaceTable(
    context,
    table,
    `(rowid, ${names.join(", ")}) select rowid, ${expressions.join(", ")} from "${table}" order by rowid`,
  );
}

const tablesToRebuild = (context: UpgradeContext): UpstreamTable[] =>
  plainTables.filter((table) => !hasCurrentShape(context, table));

/** Creates missing tables, and rebuilds tables of older shapes with the columns of version 5. */
export const tablesStep: UpgradeStep = {
  name: "tables",
  isNeeded(context) {
    const existing = tableNames(context.raw);
    const found = tablesToRebuild(context);
    for (const table of found) if (existing.has(table)) assertCanRebuild(context, table);
    return found.length > 0;
  },
  apply(context) {
    const existing = tableNames(context.raw);
    for (const table of tablesToRebuild(context)) {
      if (existing.has(table)) rebuildTable(context, table);
      else context.raw.exec(tableDefinition(table).sql);
    }
  },
};
