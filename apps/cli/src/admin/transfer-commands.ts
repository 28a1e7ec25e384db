import { resolve } from "node:path";
import {
  AdminError,
  exportDatabase,
  importDatabase,
  isPostgresAddress,
  type TransferCounts,
  type TransferOptions,
  type TransferProgress,
} from "@asterite/aster-server";
import { Command } from "commander";
import { databaseOf, reportFailure } from "./session.ts";

/** Creates a progress display on stderr: one updated line on a terminal, otherwise one line per finished table. */
function progressLine(): { show(progress: TransferProgress): void; end(): void } {
  const { stderr } = process;
  let shown = "";
  return {
    show: ({ table, rows, total }) => {
      if (stderr.isTTY) stderr.write(`\r\u001b[K${table}: ${rows} of ${total}`);
      else if (rows >= total && table !== shown) stderr.write(`${table}: ${rows}\n`);
      if (rows >= total) shown = table;
    },
    end: () => {
      if (stderr.isTTY) stderr.write("\r\u001b[K");
    },
  };
}

async function transfer(
  command: Command,
  done: string,
  run: (address: string, options: TransferOptions) => Promise<TransferCounts>,
): Promise<void> {
  const address = databaseOf(command);
  const { json } = command.optsWithGlobals<{ json: boolean }>();
  const line = progressLine();
  const stop = new AbortController();
  const interrupt = (): void =>
    stop.abort(new AdminError("interrupted: run the command again; an import resumes where it stopped"));
  process.once("SIGINT", interrupt);
  try {
    if (!isPostgresAddress(address)) {
      throw new AdminError("set --database to a PostgreSQL address: postgres://user:password@host/name");
    }
    const counts = await run(address, { onProgress: line.show, signal: stop.signal });
    line.end();
    const rows = Object.values(counts).reduce((sum, count) => sum + count, 0);
    process.stdout.write(
      json ? `${JSON.stringify(counts)}\n` : `${done}: ${rows} rows, row counts verified for each table\n`,
    );
  } catch (error) {
    line.end();
    reportFailure(command, error);
  } finally {
    process.off("SIGINT", interrupt);
  }
}

/** `asterite admin import`. */
export function importCommand(): Command {
  return new Command("import")
    .argument("<file>", "SQLite database of this server or the reference server")
    .description("import an SQLite file into an empty PostgreSQL database; resumes after an interruption")
    .action((file: string, _options: unknown, self: Command) =>
      transfer(self, `Imported ${file}`, (address, options) =>
        importDatabase(resolve(file), address, options),
      ),
    );
}

/** `asterite admin export`. */
export function exportCommand(): Command {
  return new Command("export")
    .argument("<file>", "new file")
    .description("export a PostgreSQL database to a new SQLite file, even while servers use it")
    .action((file: string, _options: unknown, self: Command) =>
      transfer(self, `Exported to ${file}`, (address, options) =>
        exportDatabase(address, resolve(file), options),
      ),
    );
}
