import { resolve } from "node:path";
import { isPostgresAddress } from "@asterite/aster-server";
import { Command } from "commander";
import { addAdminOptions, databaseOption, reportFailure } from "../admin/run-admin-command.ts";
import { type BackupPaths, createBackup, type FileListener } from "./create-backup.ts";
import { type Manifest, totalBytes } from "./manifest.ts";
import { restoreBackup } from "./restore.ts";

const resolvePaths = (command: Command, folder: string): BackupPaths => {
  const { data } = command.opts<{ data: string }>();
  const database = databaseOption(command);
  return {
    data: resolve(data),
    database: isPostgresAddress(database) ? database : resolve(database),
    folder: resolve(folder),
  };
};

/** Shows the file being copied: one updating line, on a terminal only. */
function createProgressLine(): { show: FileListener; end(): void } {
  const { stderr } = process;
  return {
    show: (path) => {
      if (stderr.isTTY) stderr.write(`\r\u001b[K${path} …`);
    },
    end: () => {
      if (stderr.isTTY) stderr.write("\r\u001b[K");
    },
  };
}

const describeManifest = (manifest: Manifest): string =>
  `${manifest.size} files, ${(totalBytes(manifest) / 1_000_000).toFixed(1)} MB`;

/** Runs one of the two commands and prints its result as text or JSON. */
async function run(
  command: Command,
  execute: (show: FileListener) => Promise<{ manifest: Manifest; message: string; fields: object }>,
): Promise<void> {
  const line = createProgressLine();
  try {
    const { manifest, message, fields } = await execute(line.show);
    line.end();
    const { json } = command.opts<{ json: boolean }>();
    const result = { ...fields, files: [...manifest.keys()], bytes: totalBytes(manifest) };
    process.stdout.write(json ? `${JSON.stringify(result)}\n` : `${message}\n`);
  } catch (error) {
    line.end();
    reportFailure(command, error, `asterite ${command.name()}`);
  }
}

/** Creates `asterite backup`. */
export function backupCommand(): Command {
  const command = new Command("backup")
    .description("Back up all data of asterite up to a new folder, even while it is running.")
    .argument("<folder>", "new folder, readable only by its owner")
    .helpOption("-h, --help", "print this help")
    .addHelpText(
      "after",
      "\nIncludes everything in the data folder: chat database, certificate and key, the bot's password and queues. Music" +
        "\nin another folder is not included. Run it as the user that runs the server. See also: asterite restore.",
    );
  return addAdminOptions(command).action((folder: string, _options: unknown, self: Command) =>
    run(self, async (show) => {
      const paths = resolvePaths(self, folder);
      const manifest = await createBackup(paths, show);
      const message = `Backed up to ${paths.folder}: ${describeManifest(manifest)}`;
      return { manifest, message, fields: { folder: paths.folder } };
    }),
  );
}

/** Creates `asterite restore`. */
export function restoreCommand(): Command {
  const command = new Command("restore")
    .description("Restore a backup made by asterite backup to the data folder. Stop the server first.")
    .argument("<folder>", "backup folder; verified before anything is changed")
    .option("--replace", "replace existing data, which is kept next to the restored data", false)
    .helpOption("-h, --help", "print this help");
  return addAdminOptions(command).action((folder: string, _options: unknown, self: Command) =>
    run(self, async (show) => {
      const paths = resolvePaths(self, folder);
      const { manifest, kept } = await restoreBackup(paths, self.opts<{ replace: boolean }>().replace, show);
      const before = kept.length === 0 ? "" : `; the previous data is ${kept.join(" and ")}`;
      const message = `Restored ${paths.folder} to ${paths.data}: ${describeManifest(manifest)}${before}`;
      return { manifest, message, fields: { folder: paths.folder, data: paths.data, kept } };
    }),
  );
}
