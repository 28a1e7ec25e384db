import { resolve } from "node:path";
import { restoreDatabase } from "@asterite/aster-server";
import { Command } from "commander";
import { administer, databaseOf, reportFailure } from "./run-admin-command.ts";

/** `asterite admin backup`. */
export function backupCommand(): Command {
  return new Command("backup")
    .argument("<file>", "new file")
    .description("copy the database to a file, also while the server runs")
    .action((file: string, _options: unknown, self: Command) =>
      administer(self, async (session) => {
        await session.ask({ command: "backup", file: resolve(file) });
        session.say(`Backed up to ${file}`, { file: resolve(file) });
      }),
    );
}

/** `asterite admin restore`. */
export function restoreCommand(): Command {
  return new Command("restore")
    .argument("<file>", "backup")
    .description("put a backup in the place of the database; the present one is kept beside it")
    .action(async (file: string, _options: unknown, self: Command) => {
      try {
        const kept = await restoreDatabase(databaseOf(self), file);
        const before = kept === undefined ? "" : `; the database of before is ${kept}`;
        process.stdout.write(`Restored ${file}${before}\n`);
      } catch (error) {
        reportFailure(self, error);
      }
    });
}
