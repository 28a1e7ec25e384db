import { type UpgradeContext, type UpgradeStep, unsupportedContent } from "./step.ts";
import { columnNames, readShape, tableDefinition, tableNames, type UpstreamTable } from "./table-shape.ts";

/** What a table of version 5 gets from older shapes. */
interface ColumnHistory {
  /** Expressions for columns that older shapes lack. */
  readonly added?: Readonly<Record<string, string>>;
  /** Columns that older shapes have and version 5 has not. */
  readonly removed?: readonly string[];
  /** A column that only some files have, and which may stay. */
  readonly optional?: string;
}

const columnHistories: Readonly<Partial<Record<UpstreamTable, ColumnHistory>>> = {
  channels: { added: { position: "row_number() over (order by rowid) - 1" } },
  messages: { added: { edited: "0", reply: "null" } },
  users: { added: { password: "''" }, removed: ["group_uuid"] },
  // Upstream names the columns of this table when it writes, as it must for its own upgraded files.
  user_groups: { optional: "link_id" },
  sync_servers: {
    // The name that the user goes by elsewhere is what was used before there was one per server.
    added: {
      uname: "coalesce((select uname from sync_data where user_uuid = sync_servers.user_uuid), '')",
    },
    removed: ["rowid"],
  },
};

/** What stands for null in columns that once could hold it. */
const nullReplacements: Readonly<Record<string, string>> = {
  "users.password": "''",
  "users.pfp": "''",
  "messages.edited": "0",
};

/** Tables whose old shapes only need copying; the others have steps of their own. */
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

/** Whether a table has the columns of version 5 in their order, perhaps followed by harmless others. */
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

/** Says what is in the way of rebuilding a table, if anything is. */
function checkRebuild({ raw, file }: UpgradeContext, table: UpstreamTable): void {
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
      "Remove the column from a copy, if its content is not needed, and open the copy.",
    );
  }
}

/** Runs a change that replaces a table, and puts back the indexes and triggers that others made on it. */
export function replaceTable({ raw }: UpgradeContext, table: UpstreamTable, select: string): void {
  const attached = raw
    .prepare("select sql from sqlite_master where tbl_name = ? and type <> 'table' and sql is not null")
    .all(table);
  const temporary = `asterite_new_${table}`;
  raw.exec(tableDefinition(table).sql.replace(/^create table \w+/i, `create table ${temporary}`));
  raw.exec(`insert into ${temporary} ${select}`);
  // References of other tables go by name: they meet the new table when it has taken the name.
  raw.exec(`drop table "${table}"; alter table ${temporary} rename to "${table}"`);
  for (const { sql } of attached) raw.exec(String(sql));
}

function rebuildTable(context: UpgradeContext, table: UpstreamTable): void {
  checkRebuild(context, table);
  const { added = {} } = columnHistories[table] ?? {};
  const present = columnNames(context.raw, table);
  const names = tableDefinition(table).columns.map(({ name }) => name);
  const expressions = names.map((name) => {
    if (!present.includes(name)) return added[name];
    const instead = nullReplacements[`${table}.${name}`];
    return instead === undefined ? name : `coalesce(${name}, ${instead})`;
  });
  // History goes by rowid, so rowids are kept with their gaps.
  replaceTable(
    context,
    table,
    `(rowid, ${names.join(", ")}) select rowid, ${expressions.join(", ")} from "${table}" order by rowid`,
  );
}

const tablesToRebuild = (context: UpgradeContext): UpstreamTable[] =>
  plainTables.filter((table) => !hasCurrentShape(context, table));

/** Makes missing tables, and rebuilds those of older shapes with the columns of version 5 in their order. */
export const tablesStep: UpgradeStep = {
  name: "tables",
  isNeeded(context) {
    const existing = tableNames(context.raw);
    const found = tablesToRebuild(context);
    for (const table of found) if (existing.has(table)) checkRebuild(context, table);
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
