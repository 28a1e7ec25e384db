import { mkdir, open, readdir, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { type QueueSnapshot, readSnapshot } from "@asterite/queue";
import type { Logger } from "@asterite/util";
import { DjError } from "../errors.ts";

const nameOf = (channelUuid: number): string => `room-${channelUuid}.json`;
const uuidOf = (name: string): number | null => {
  const [, digits] = /^room-(-?\d{1,16})\.json$/.exec(name) ?? [];
  return digits === undefined ? null : Number(digits);
};

/** Keeps rooms in a folder, one JSON file each. A file is whole at any time: it is written beside and renamed. */
export class SnapshotStore {
  readonly #folder: string;
  readonly #logger: Logger;

  private constructor(folder: string, logger: Logger) {
    this.#folder = folder;
    this.#logger = logger;
  }

  /** @throws DjError `FOLDER_UNUSABLE`. */
  static async open(folder: string, logger: Logger): Promise<SnapshotStore> {
    const store = new SnapshotStore(folder, logger);
    try {
      await mkdir(folder, { recursive: true });
      const probe = join(folder, "probe.tmp");
      await (await open(probe, "w")).close();
      await rm(probe);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      const text = `The folder ${folder} cannot be written to: ${reason}`;
      throw new DjError("FOLDER_UNUSABLE", text, { cause: error });
    }
    return store;
  }

  /** Everything that is there, by the uuids of channels. What cannot be read is put aside. */
  async load(): Promise<Map<number, QueueSnapshot>> {
    const rooms = new Map<number, QueueSnapshot>();
    for (const name of await readdir(this.#folder)) {
      const uuid = uuidOf(name);
      if (uuid === null) continue;
      const file = join(this.#folder, name);
      try {
        rooms.set(uuid, readSnapshot(JSON.parse(await readFile(file, "utf8"))));
      } catch (error) {
        this.#logger.warn({ file, error: String(error) }, "a room cannot be read and is put aside");
        await rename(file, `${file}.unreadable`).catch(() => {});
      }
    }
    return rooms;
  }

  /** Writes a room. Never two at a time for one channel. */
  async save(channelUuid: number, snapshot: QueueSnapshot): Promise<void> {
    const file = join(this.#folder, nameOf(channelUuid));
    const beside = `${file}.tmp`;
    const handle = await open(beside, "w");
    try {
      await handle.writeFile(JSON.stringify(snapshot));
      // Else a loss of power may leave an empty file under the right name.
      await handle.datasync();
    } finally {
      await handle.close();
    }
    await rename(beside, file);
  }

  /** Forgets a room. */
  async remove(channelUuid: number): Promise<void> {
    await rm(join(this.#folder, nameOf(channelUuid)), { force: true });
  }
}
