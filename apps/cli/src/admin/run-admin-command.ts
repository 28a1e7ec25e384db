import { join } from "node:path";
import {
  type AdminConnection,
  AdminError,
  type AdminRequest,
  type AdminResponse,
  openAdministration,
  ServerError,
} from "@asterite/aster-server";
import { type Command, Option } from "commander";
import { escapeText } from "./escape-text.ts";

/** Connection and output of one administrative command. */
export interface AdminSession {
  /** Sends a request to the server, or executes it on the database file. */
  request(request: AdminRequest): Promise<AdminResponse>;
  /** Prints a table, or JSON with `--json`: `values`, by default the rows. */
  printTable(rows: readonly Readonly<Record<string, string | number>>[], values?: readonly object[]): void;
  /** Prints a message, or its fields as JSON with `--json`. */
  printResult(message: string, fields: Readonly<Record<string, unknown>>): void;
}

/** Returns the database given by the options of `asterite admin`. */
export function databaseOption(command: Command): string {
  const { data, database } = command.optsWithGlobals<{ data: string; database?: string }>();
  return database ?? join(data, "aster.db");
}

/** Adds the options common to all administrative commands. */
export const addAdminOptions = (command: Command): Command =>
  command
    .addOption(new Option("--data <dir>", "data folder of the server").env("ASTERITE_DATA").default("data"))
    .addOption(
      new Option(
        "--database <file>",
        "SQLite file (default: aster.db in the data folder) or postgres://…",
      ).env("ASTERITE_DATABASE"),
    )
    .option("--json", "print JSON", false);

function printTable(rows: readonly Readonly<Record<string, string | number>>[]): void {
  const [first] = rows;
  if (!first) {
    process.stdout.write("none\n");
    return;
  }
  const columns = Object.keys(first);
  const cells = rows.map((row) => columns.map((column) => escapeText(String(row[column]))));
  const widths = columns.map((column, index) =>
    Math.max(column.length, ...cells.map((row) => row[index]?.length ?? 0)),
  );
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, index) => cell.padEnd(widths[index] ?? 0))
      .join("  ")
      .trimEnd();
  const lines = [columns, ...cells].map(line);
  process.stdout.write(`${lines.join("\n")}\n`);
}

/** Formats a Unix time in seconds for a table, in UTC. */
export const formatTime = (unixSeconds: number): string =>
  new Date(unixSeconds * 1000).toISOString().slice(0, 16).replace("T", " ");

/** Exits with the message of an error meant for the operator. Other errors are rethrown. */
export function reportFailure(command: Command, error: unknown, name = "asterite admin"): never {
  if (!(error instanceof AdminError || error instanceof ServerError || isSystemError(error))) throw error;
  command.error(`${name}: ${escapeText(error.message)}`, { exitCode: 1, code: error.name });
}

/** Returns whether an error comes from the file system, which is the operator's to fix. */
const isSystemError = (error: unknown): error is NodeJS.ErrnoException =>
  error instanceof Error && "syscall" in error && "path" in error;

/** Runs an administrative command with a connection to the server or database, and reports its failure. */
export async function runAdminCommand(
  command: Command,
  run: (session: AdminSession) => Promise<void>,
): Promise<void> {
  const { json } = command.optsWithGlobals<{ json: boolean }>();
  const print = (value: unknown): void => void process.stdout.write(`${escapeText(JSON.stringify(value))}\n`);
  let connection: AdminConnection | undefined;
  try {
    const opened = await openAdministration(databaseOption(command));
    connection = opened;
    await run({
      request: (request) => opened.execute(request),
      printTable: (rows, values = rows) => (json ? print(values) : printTable(rows)),
      printResult: (message, fields) =>
        json ? print(fields) : void process.stdout.write(`${escapeText(message)}\n`),
    });
  } catch (error) {
    reportFailure(command, error);
  } finally {
    await connection?.close();
  }
}
