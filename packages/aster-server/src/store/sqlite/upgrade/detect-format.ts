import type { DatabaseSync } from "node:sqlite";
import { ServerError } from "../../../errors.ts";
import { schemaVersion } from "../schema.ts";
import { columnNames, readShape, tableNames, upstreamTables } from "./table-shape.ts";
import { hasCurrentShape } from "./tables.ts";

/** Format of a database file. */
export type DetectedFormat =
  /** Without tables. */
  | { readonly type: "empty" }
  /** Versions 0 to 5. The tables may have the shape of another version. */
  | { readonly type: "known"; readonly version: number }
  /** Later version whose tables are compatible with version 5. */
  | { readonly type: "newer"; readonly version: number };

/** Tables that every version of the reference server has. */
const requiredTables = ["channels", "messages", "users"] as const;

function storedVersion(raw: DatabaseSync, file: string): number {
  // As text: an integer may exceed the safe range.
  const row = raw.prepare("select cast(version as text) as version from version limit 1").get();
  if (!row) return schemaVersion;
  const text = String(row["version"]);
  if (!/^\d{1,9}$/.test(text)) {
    throw new ServerError(
      "DATABASE_VERSION",
      `The database ${file} has version ${JSON.stringify(text)}, where a whole number is expected. ` +
        "Is it a database of the reference server?",
    );
  }
  return Number(text);
}

function notAnAsterDatabase(file: string): ServerError {
  return new ServerError(
    "DATABASE_UNUSABLE",
    `${file} is a database of another program: it has none of the tables of an Aster server. Choose another file.`,
  );
}

/**
 * Detects the format of a database, without changing it.
 *
 * @throws ServerError with `DATABASE_UNUSABLE` for a database of another program, `DATABASE_VERSION` for one
 *   that is too new or incomplete.
 */
export function detectFormat(raw: DatabaseSync, file: string): DetectedFormat {
  const tables = tableNames(raw);
  if (tables.size === 0) return { type: "empty" };
  const hasVersion = tables.has("version") && columnNames(raw, "version").includes("version");
  if (!hasVersion && !tables.has("channels")) throw notAnAsterDatabase(file);
  const version = hasVersion ? storedVersion(raw, file) : 0;
  const missing = requiredTables.filter((table) => !tables.has(table));
  if (missing.length > 0) {
    throw new ServerError(
      "DATABASE_VERSION",
      `The database ${file} has version ${version}, but has no table ${missing.join(", ")}. ` +
        "Choose a database of the reference server, or a new file.",
    );
  }
  if (version <= schemaVersion) return { type: "known", version };
  const changed = upstreamTables.filter(
    (table) => readShape(raw, table).columns.length === 0 || !hasCurrentShape({ raw }, table),
  );
  if (changed.length > 0) {
    throw new ServerError(
      "DATABASE_VERSION",
      `The database ${file} has version ${version}, this server supports versions up to ${schemaVersion}, and ` +
        `the later version changed ${changed.join(", ")}. Use a newer server or an older backup.`,
    );
  }
  return { type: "newer", version };
}
