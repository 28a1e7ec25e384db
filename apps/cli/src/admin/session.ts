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

/** One run of an administrative command: asks, and prints for a person or for a program. */
export interface AdminSession {
  /** Asks the server, or the file. */
  ask(request: AdminRequest): Promise<AdminResponse>;
  /** Prints a table, or JSON if asked for. */
  table(rows: readonly Readonly<Record<string, string | number>>[]): void;
  /** Prints a sentence, or the fields behind it as JSON if asked for. */
  say(sentence: string, fields: Readonly<Record<string, unknown>>): void;
}

/** The database that the options of `asterite admin` name. */
export function databaseOf(command: Command): string {
  const { data, database } = command.optsWithGlobals<{ data: string; database?: string }>();
  return database ?? join(data, "aster.db");
}

/** Adds the options that every administrative command has. */
export const withAdminOptions = (command: Command): Command =>
  command
    .addOption(new Option("--data <dir>", "folder of the server's data").env("ASTERITE_DATA").default("data"))
    .addOption(
      new Option("--database <file>", "SQLite file, if it is not aster.db in it; or postgres://…").env(
        "ASTERITE_DATABASE",
      ),
    )
    .option("--json", "print JSON", false);

function printTable(rows: readonly Readonly<Record<string, string | number>>[]): void {
  const [first] = rows;
  if (!first) {
    process.stdout.write("none\n");
    return;
  }
  const columns = Object.keys(first);
  const widths = columns.map((column) =>
    Math.max(column.length, ...rows.map((row) => String(row[column]).length)),
  );
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, index) => cell.padEnd(widths[index] ?? 0))
      .join("  ")
      .trimEnd();
  const lines = [columns, ...rows.map((row) => columns.map((column) => String(row[column])))].map(line);
  process.stdout.write(`${lines.join("\n")}\n`);
}

/** Ends the command with the words of an error that is meant for the operator; others are thrown on. */
export function reportFailure(command: Command, error: unknown, name = "asterite admin"): never {
  if (!(error instanceof AdminError || error instanceof ServerError || isOfSystem(error))) throw error;
  command.error(`${name}: ${error.message}`, { exitCode: 1, code: error.name });
}

/** What the system refuses, such as a file that may not be read, is for the operator as well. */
const isOfSystem = (error: unknown): error is NodeJS.ErrnoException =>
  error instanceof Error && "syscall" in error && "path" in error;

/** Runs an administrative command: connects, does it, lets go, and says in words what went wrong. */
export async function administer(
  command: Command,
  run: (session: AdminSession) => Promise<void>,
): Promise<void> {
  const { json } = command.optsWithGlobals<{ json: boolean }>();
  const print = (value: unknown): void => void process.stdout.write(`${JSON.stringify(value)}\n`);
  let connection: AdminConnection | undefined;
  try {
    const opened = await openAdministration(databaseOf(command));
    connection = opened;
    await run({
      ask: (request) => opened.execute(request),
      table: (rows) => (json ? print(rows) : printTable(rows)),
      say: (sentence, fields) => (json ? print(fields) : void process.stdout.write(`${sentence}\n`)),
    });
  } catch (error) {
    reportFailure(command, error);
  } finally {
    await connection?.close();
  }
}
