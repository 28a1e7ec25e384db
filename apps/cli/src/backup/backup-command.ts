import { resolve } from "node:path";
import { isPostgresAddress } from "@asterite/aster-server";
import { Command } from "commander";
import { databaseOf, reportFailure, withAdminOptions } from "../admin/run-admin-command.ts";
import { type BackUpPlaces, backUp, type OnFile } from "./create-backup.ts";
import { type Manifest, sizeOf } from "./manifest.ts";
import { restore } from "./restore.ts";

const placesOf = (command: Command, folder: string): BackUpPlaces => {
  const { data } = command.opts<{ data: string }>();
  const database = databaseOf(command);
  return {
    data: resolve(data),
    database: isPostgresAddress(database) ? database : resolve(database),
    folder: resolve(folder),
  };
};

/** Names the file that is copied: one line that changes for a person, nothing otherwise. */
function progressLine(): { show: OnFile; end(): void } {
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

const describe = (manifest: Manifest): string =>
  `${manifest.size} files, ${(sizeOf(manifest) / 1_000_000).toFixed(1)} MB`;

/** Runs one of the two commands and prints its last line, for a person or as JSON. */
async function run(
  command: Command,
  work: (show: OnFile) => Promise<{ manifest: Manifest; sentence: string; fields: object }>,
): Promise<void> {
  const line = progressLine();
  try {
    const { manifest, sentence, fields } = await work(line.show);
    line.end();
    const { json } = command.opts<{ json: boolean }>();
    const told = { ...fields, files: [...manifest.keys()], bytes: sizeOf(manifest) };
    process.stdout.write(json ? `${JSON.stringify(told)}\n` : `${sentence}\n`);
  } catch (error) {
    line.end();
    reportFailure(command, error, `asterite ${command.name()}`);
  }
}

/** `asterite backup`. */
export function backupAllCommand(): Command {
  const command = new Command("backup")
    .description("Copy everything that asterite up keeps to a new folder, also while it runs.")
    .argument("<folder>", "new folder, readable for its owner alone")
    .helpOption("-h, --help", "print this help")
    .addHelpText(
      "after",
      "\nChat database, certificate and key, the bot's password and queues: all that lies in the data folder. Not the music," +
        "\nunless it lies there too. Run it as the user that the server runs as. asterite restore is the way back.",
    );
  return withAdminOptions(command).action((folder: string, _options: unknown, self: Command) =>
    run(self, async (show) => {
      const places = placesOf(self, folder);
      const manifest = await backUp(places, show);
      const sentence = `Backed up to ${places.folder}: ${describe(manifest)}`;
      return { manifest, sentence, fields: { folder: places.folder } };
    }),
  );
}

/** `asterite restore`. */
export function restoreAllCommand(): Command {
  const command = new Command("restore")
    .description("Put a folder that asterite backup has made into the data folder, while nothing runs.")
    .argument("<folder>", "the back-up; it is read through before anything changes")
    .option("--replace", "where there is data already: keep that beside the back-up's", false)
    .helpOption("-h, --help", "print this help");
  return withAdminOptions(command).action((folder: string, _options: unknown, self: Command) =>
    run(self, async (show) => {
      const places = placesOf(self, folder);
      const { manifest, kept } = await restore(places, self.opts<{ replace: boolean }>().replace, show);
      const before = kept.length === 0 ? "" : `; what was there before is ${kept.join(" and ")}`;
      const sentence = `Restored ${places.folder} to ${places.data}: ${describe(manifest)}${before}`;
      return { manifest, sentence, fields: { folder: places.folder, data: places.data, kept } };
    }),
  );
}
