import type { DatabaseSync } from "node:sqlite";
import { ServerError } from "../../../errors.ts";
import { schemaVersion } from "../schema.ts";
import { columnNames, readShape, tableNames, upstreamTables } from "./table-shape.ts";
import { hasCurrentShape } from "./tables.ts";

/** What a file turned out to be. */
export type DetectedFormat =
  /** A database without tables. */
  | { readonly kind: "empty" }
  /** Versions 0 to 5; the number says little about the shape. */
  | { readonly kind: "known"; readonly version: number }
  /** A later version that added nothing that would be in the way. */
  | { readonly kind: "newer"; readonly version: number };

/** Tables without which there is nothing to upgrade. */
const requiredTables = ["channels", "messages", "users"] as const;

function storedVersion(raw: DatabaseSync, file: string): number {
  // As text, since a number may be too large to be read as one.
  const row = raw.prepare("select cast(version as text) as version from version limit 1").get();
  if (!row) return schemaVersion;
  const text = String(row["version"]);
  if (!/^\d{1,9}$/.test(text)) {
    throw new ServerError(
      "DATABASE_VERSION",
      `The database ${file} says that its version is ${JSON.stringify(text)}, where a whole number is expected. ` +
        "Is it a database of the reference server?",
    );
  }
  return Number(text);
}

function notAnAsterDatabase(file: string): ServerError {
  return new ServerError(
    "DATABASE_UNUSABLE",
    `${file} is a database of another program: it has none of the tables of an Aster server. Give another file.`,
  );
}

/**
 * Says what a file is, without changing it.
 *
 * @throws ServerError with `DATABASE_UNUSABLE` for a database of another program, `DATABASE_VERSION` for one
 * that is too new or not whole.
 */
export function detectFormat(raw: DatabaseSync, file: string): DetectedFormat {
  const tables = tableNames(raw);
  if (tables.size === 0) return { kind: "empty" };
  const numbered = tables.has("version") && columnNames(raw, "version").includes("version");
  if (!numbered && !tables.has("channels")) throw notAnAsterDatabase(file);
  const version = numbered ? storedVersion(raw, file) : 0;
  const missing = requiredTables.filter((table) => !tables.has(table));
  if (missing.length > 0) {
    throw new ServerError(
      "DATABASE_VERSION",
      `The database ${file} says that it has version ${version}, but has no table ${missing.join(", ")}. ` +
        "Give a database of the reference server, or a new file.",
    );
  }
  if (version <= schemaVersion) return { kind: "known", version };
  const changed = upstreamTables.filter(
    (table) => readShape(raw, table).columns.length === 0 || !hasCurrentShape({ raw }, table),
  );
  if (changed.length > 0) {
    throw new ServerError(
      "DATABASE_VERSION",
      `The database ${file} has version ${version}, this server knows versions up to ${schemaVersion}, and ` +
        `the later version changed ${changed.join(", ")}. Use a newer server or an older backup.`,
    );
  }
  return { kind: "newer", version };
}
