import { mkdir, open, readdir, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { type QueueSnapshot, readSnapshot } from "@asterite/queue";
import type { Logger } from "@asterite/util";
import { writeAtomically } from "@asterite/util/atomic-file";
import { DjError } from "../errors.ts";

const fileNameOf = (channelUuid: number): string => `room-${channelUuid}.json`;
const channelUuidOf = (fileName: string): number | undefined => {
  const [, digits] = /^room-(-?\d{1,16})\.json$/.exec(fileName) ?? [];
  return digits === undefined ? undefined : Number(digits);
};

/**
 * Stores queue snapshots in a folder, one JSON file per channel. Files are written atomically, by renaming.
 */
export class SnapshotStore {
  readonly #folder: string;
  readonly #logger: Logger;

  private constructor(folder: string, logger: Logger) {
    this.#folder = folder;
    this.#logger = logger;
  }

  /**
   * Opens a folder; creates it if it is missing.
   *
   * @throws DjError `FOLDER_UNUSABLE` if it is not writable.
   */
  static async open(folder: string, logger: Logger): Promise<SnapshotStore> {
    const store = new SnapshotStore(folder, logger);
    try {
      await mkdir(folder, { recursive: true });
      const probe = join(folder, "probe.tmp");
      await (await open(probe, "w")).close();
      await rm(probe);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      const text = `Cannot write to the folder ${folder}: ${reason}`;
      throw new DjError("FOLDER_UNUSABLE", text, { cause: error });
    }
    return store;
  }

  /** Returns all snapshots by channel uuid. Renames files that cannot be read. */
  async load(): Promise<Map<number, QueueSnapshot>> {
    const snapshots = new Map<number, QueueSnapshot>();
    for (const name of await readdir(this.#folder)) {
      const uuid = channelUuidOf(name);
      if (uuid === undefined) continue;
      const file = join(this.#folder, name);
      try {
        snapshots.set(uuid, readSnapshot(JSON.parse(await readFile(file, "utf8"))));
      } catch (error) {
        this.#logger.warn(
          { file, error: String(error) },
          "could not read the saved queue: file renamed to .unreadable",
        );
        await rename(file, `${file}.unreadable`).catch(() => {});
      }
    }
    return snapshots;
  }

  /** Writes a snapshot. Calls for the same channel must not overlap. */
  async save(channelUuid: number, snapshot: QueueSnapshot): Promise<void> {
    await writeAtomically(join(this.#folder, fileNameOf(channelUuid)), JSON.stringify(snapshot));
  }

  /** Deletes the snapshot of a channel, if there is one. */
  async remove(channelUuid: number): Promise<void> {
    await rm(join(this.#folder, fileNameOf(channelUuid)), { force: true });
  }
}
