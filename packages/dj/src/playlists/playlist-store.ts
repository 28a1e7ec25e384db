import { createHash } from "node:crypto";
import { readdir, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { UserError } from "@asterite/commands";
import { type QueueTrack, type Requester, readTrack } from "@asterite/queue";
import { isRecord, type Logger } from "@asterite/util";
import { writeAtomically } from "@asterite/util/atomic-file";

/** A playlist that a user has saved. */
export interface SavedPlaylist {
  readonly name: string;
  readonly owner: Requester;
  readonly tracks: readonly QueueTrack[];
}

/** Maximum number of playlists of one user. */
const maxPerOwner = 50;
/** Maximum number of playlists. */
const maxPlaylists = 1_000;

const filePattern = /^playlist-[\da-f]{32}\.json$/;

/** Names that differ in case or spaces only are the same. */
const keyOf = (name: string): string => name.normalize("NFC").toLowerCase().replace(/\s+/g, " ").trim();

const fileNameOf = (name: string): string =>
  `playlist-${createHash("sha256").update(keyOf(name)).digest("hex").slice(0, 32)}.json`;

function readPlaylist(stored: unknown): SavedPlaylist {
  if (!isRecord(stored) || stored["v"] !== 1) throw new TypeError("not a playlist of version 1");
  const { name, owner, tracks } = stored;
  if (typeof name !== "string" || !isRecord(owner) || !Array.isArray(tracks)) {
    throw new TypeError("name, owner or tracks are missing");
  }
  return {
    name,
    owner: { id: String(owner["id"]), name: String(owner["name"]) },
    tracks: tracks.map(readTrack),
  };
}

/** Playlists that users have saved, one JSON file each, in the folder of the saved queues. */
export class PlaylistStore {
  readonly #folder: string;
  readonly #playlists = new Map<string, SavedPlaylist>();
  #writing: Promise<unknown> = Promise.resolve();

  private constructor(folder: string) {
    this.#folder = folder;
  }

  /** Reads all playlists of a folder. Renames files that cannot be read. */
  static async open(folder: string, logger: Logger): Promise<PlaylistStore> {
    const store = new PlaylistStore(folder);
    for (const fileName of await readdir(folder)) {
      if (!filePattern.test(fileName)) continue;
      const file = join(folder, fileName);
      try {
        const playlist = readPlaylist(JSON.parse(await readFile(file, "utf8")));
        store.#playlists.set(keyOf(playlist.name), playlist);
      } catch (error) {
        logger.warn(
          { file, error: String(error) },
          "could not read the saved playlist: file renamed to .unreadable",
        );
        await rename(file, `${file}.unreadable`).catch(() => {});
      }
    }
    return store;
  }

  /** All playlists by name. */
  get all(): readonly SavedPlaylist[] {
    return [...this.#playlists.values()].sort((a, b) => a.name.localeCompare(b.name));
  }

  /** Returns the playlist of a name, in any case. */
  get(name: string): SavedPlaylist | undefined {
    return this.#playlists.get(keyOf(name));
  }

  /**
   * Saves a playlist; replaces the one of the same name.
   *
   * @throws UserError if the owner or all users have too many; errors of the file system.
   */
  async save(playlist: SavedPlaylist): Promise<void> {
    if (!this.get(playlist.name)) {
      const own = this.all.filter(({ owner }) => owner.id === playlist.owner.id);
      if (own.length >= maxPerOwner || this.#playlists.size >= maxPlaylists) {
        const owner = own.length >= maxPerOwner ? `You already have ${own.length}` : "There are too many";
        throw new UserError(`${owner} playlists. Delete one first.`);
      }
    }
    const text = JSON.stringify({ v: 1, ...playlist });
    await this.#inTurn(() => writeAtomically(join(this.#folder, fileNameOf(playlist.name)), text));
    this.#playlists.set(keyOf(playlist.name), playlist);
  }

  /** Deletes the playlist of a name, if there is one. */
  async remove(name: string): Promise<void> {
    await this.#inTurn(() => rm(join(this.#folder, fileNameOf(name)), { force: true }));
    this.#playlists.delete(keyOf(name));
  }

  async #inTurn(write: () => Promise<void>): Promise<void> {
    const done = this.#writing.then(write);
    this.#writing = done.catch(() => {});
    await done;
  }
}
