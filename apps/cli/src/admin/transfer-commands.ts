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
import { databaseOption, reportFailure } from "./run-admin-command.ts";

/** Shows the progress of a transfer: one updating line on a terminal, one line per table otherwise. */
function createProgressLine(): { show(progress: TransferProgress): void; end(): void } {
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
  message: string,
  run: (address: string, options: TransferOptions) => Promise<TransferCounts>,
): Promise<void> {
  const address = databaseOption(command);
  const { json } = command.optsWithGlobals<{ json: boolean }>();
  const line = createProgressLine();
  const stop = new AbortController();
  const interrupt = (): void => stop.abort(new AdminError("interrupted; run it again to continue"));
  process.once("SIGINT", interrupt);
  try {
    if (!isPostgresAddress(address)) {
      throw new AdminError("--database must be a PostgreSQL URL: postgres://user:password@host/name");
    }
    const counts = await run(address, { onProgress: line.show, signal: stop.signal });
    line.end();
    const rows = Object.values(counts).reduce((sum, count) => sum + count, 0);
    process.stdout.write(
      json ? `${JSON.stringify(counts)}\n` : `${message}: ${rows} rows, row counts verified for each table\n`,
    );
  } catch (error) {
    line.end();
    reportFailure(command, error);
  } finally {
    process.off("SIGINT", interrupt);
  }
}

/** Creates `asterite admin import`. */
export function importCommand(): Command {
  return new Command("import")
    .argument("<file>", "SQLite database of Asterite or the reference server")
    .description("import a SQLite file into a new PostgreSQL database; continues an interrupted import")
    .action((file: string, _options: unknown, self: Command) =>
      transfer(self, `Imported ${file}`, (address, options) =>
        importDatabase(resolve(file), address, options),
      ),
    );
}

/** Creates `asterite admin export`. */
export function exportCommand(): Command {
  return new Command("export")
    .argument("<file>", "new file")
    .description("export a PostgreSQL database to a SQLite file, even while servers are running")
    .action((file: string, _options: unknown, self: Command) =>
      transfer(self, `Exported to ${file}`, (address, options) =>
        exportDatabase(address, resolve(file), options),
      ),
    );
}
