import { type UpgradeContext, type UpgradeStep, unsupportedContent } from "./step.ts";
import { columnNames } from "./table-shape.ts";

/** Columns of small tables, or with an index. */
const indexedColumns: readonly (readonly [table: string, column: string])[] = [
  ["channels", "uuid"],
  ["users", "uuid"],
  ["messages", "uuid"],
  ["groups", "uuid"],
  ["user_groups", "user_uuid"],
  ["user_groups", "group_uuid"],
  ["sync_data", "user_uuid"],
  ["sync_servers", "user_uuid"],
  ["sync_servers", "uuid"],
  ["emojis", "uuid"],
  ["channel_group_permissions", "channel_uuid"],
  ["channel_group_permissions", "user_uuid"],
  ["channel_group_permissions", "group_uuid"],
  ["last_read_messages", "user_uuid"],
  ["last_read_messages", "channel_uuid"],
  ["last_read_messages", "message_uuid"],
];

/** Columns that need a full scan of all messages. */
const unindexedColumns: typeof indexedColumns = [
  ["messages", "author_uuid"],
  ["messages", "channel_uuid"],
  ["messages", "reply"],
];

const uniqueViolations: readonly number[] = [1555, 2067];
const isUniqueViolation = (error: unknown): boolean =>
  error instanceof Error &&
  "errcode" in error &&
  typeof error.errcode === "number" &&
  uniqueViolations.includes(error.errcode);

const presentColumns = ({ raw }: UpgradeContext, columns: typeof indexedColumns): typeof indexedColumns =>
  columns.filter(([table, column]) => columnNames(raw, table).includes(column));

const maxUuid = String(Number.MAX_SAFE_INTEGER);
// SQLite orders text after all integers, so the type is checked too.
const tooLarge = (column: string): string => `typeof(${column}) = 'integer' and ${column} > ${maxUuid}`;
const tooSmall = (column: string): string => `typeof(${column}) = 'integer' and ${column} < -${maxUuid}`;

const hasRow = ({ raw }: UpgradeContext, table: string, condition: string): boolean =>
  raw.prepare(`select 1 from ${table} where ${condition} limit 1`).get() !== undefined;

/**
 * Shortens UUIDs from before 2024-06-27, which may have 63 bits. Shifts those above 2^53 - 1 right by ten
 * bits in every column that refers to them, as the reference server's own script does, so that both produce
 * the same UUIDs.
 */
export const uuidsStep: UpgradeStep = {
  name: "identifiers",
  isNeeded(context) {
    const columns = presentColumns(
      context,
      context.isFirstOpen ? [...indexedColumns, ...unindexedColumns] : indexedColumns,
    );
    for (const [table, column] of columns) {
      if (!hasRow(context, table, tooSmall(column))) continue;
      throw unsupportedContent(
        context.file,
        `has identifiers below -2^53 in ${table}.${column}, which no version of the reference server writes`,
        "Remove these rows from a copy and open the copy.",
      );
    }
    return columns.some(([table, column]) => hasRow(context, table, tooLarge(column)));
  },
  apply(context) {
    const { raw, file, warn } = context;
    let changed = 0;
    for (const [table, column] of presentColumns(context, [...indexedColumns, ...unindexedColumns])) {
      try {
        const { changes } = raw
          .prepare(`update ${table} set ${column} = ${column} >> 10 where ${tooLarge(column)}`)
          .run();
        changed += Number(changes);
      } catch (error) {
        if (!isUniqueViolation(error)) throw error;
        throw unsupportedContent(
          file,
          `has identifiers above 2^53 - 1 in ${table}.${column} that would collide with others when shortened`,
          "Change one identifier of each pair in a copy and open the copy.",
        );
      }
    }
    warn(
      `${changed} identifiers above 2^53 - 1 were shortened by ten bits, like the reference server's script does`,
    );
  },
};
