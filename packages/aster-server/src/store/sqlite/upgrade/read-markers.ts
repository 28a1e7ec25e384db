import { countRows, type UpgradeStep, unsupportedContent } from "./step.ts";
import { columnNames, readShape, tableDefinition, tableNames } from "./table-shape.ts";
import { hasCurrentShape, replaceTable } from "./tables.ts";

const table = "last_read_messages";

/**
 * Converts read markers of two older shapes: markers by message get the date of the message, and of
 * duplicates, which existed before the table had a primary key, the latest is kept.
 */
export const readMarkersStep: UpgradeStep = {
  name: "read markers",
  isNeeded(context) {
    const { raw, file } = context;
    if (!tableNames(raw).has(table)) return true;
    const { key, columns } = readShape(raw, table);
    if (hasCurrentShape(context, table) && key.join() === tableDefinition(table).key.join()) return false;
    const names = columns.map(({ name }) => name).sort();
    const old = ["channel_uuid", "message_uuid", "user_uuid"];
    const recent = ["channel_uuid", "date", "user_uuid"];
    if (names.join() !== old.join() && names.join() !== recent.join()) {
      throw unsupportedContent(
        file,
        `has a table ${table} with the columns ${names.join(", ")}, which no version of the reference server has`,
        "If read markers are not needed, remove the table from a copy and open the copy.",
      );
    }
    return true;
  },
  apply(context) {
    const { raw, warn } = context;
    if (!tableNames(raw).has(table)) {
      raw.exec(tableDefinition(table).sql);
      return;
    }
    const byMessage = columnNames(raw, table).includes("message_uuid");
    if (byMessage) {
      const lost = countRows(raw, `from ${table} where message_uuid not in (select uuid from messages)`);
      if (lost > 0) warn(`${lost} read markers on messages that do not exist were dropped`);
    }
    const source = byMessage ? `${table} join messages on messages.uuid = ${table}.message_uuid` : table;
    const date = byMessage ? "messages.date" : "date";
    const marker = [`${table}.user_uuid`, `${table}.channel_uuid`].join(", ");
    replaceTable(
      context,
      table,
      `select ${marker}, max(${date}) from ${source} group by ${marker} order by min(${table}.rowid)`,
    );
  },
};
