import { resolve } from "node:path";
import { restoreDatabase, startNewEpoch } from "@asterite/aster-server";
import { Command } from "commander";
import { databaseOption, reportFailure, runAdminCommand } from "./run-admin-command.ts";

/** Creates `asterite admin backup`. */
export function databaseBackupCommand(): Command {
  return new Command("backup")
    .argument("<file>", "new file")
    .description("copy the database to a file, even while the server is running")
    .action((file: string, _options: unknown, self: Command) =>
      runAdminCommand(self, async (session) => {
        await session.request({ command: "backup", file: resolve(file) });
        session.printResult(`Backed up to ${file}`, { file: resolve(file) });
      }),
    );
}

/** Creates `asterite admin restore`. */
export function databaseRestoreCommand(): Command {
  return new Command("restore")
    .argument("<file>", "backup file")
    .description("replace the database with a backup; the current one is kept next to it")
    .action(async (file: string, _options: unknown, self: Command) => {
      try {
        const kept = await restoreDatabase(databaseOption(self), file);
        const before = kept === undefined ? "" : `; the previous database is ${kept}`;
        process.stdout.write(`Restored ${file}${before}\n`);
      } catch (error) {
        reportFailure(self, error);
      }
    });
}

/** Creates `asterite admin new-epoch`. */
export function newEpochCommand(): Command {
  return new Command("new-epoch")
    .description("make all clients reload, after an old copy of the whole data folder was put back")
    .action(async (_options: unknown, self: Command) => {
      try {
        await startNewEpoch(databaseOption(self));
        process.stdout.write("A new epoch has started: clients will load the history again\n");
      } catch (error) {
        reportFailure(self, error);
      }
    });
}
