import { dirname } from "node:path";
import { TrackError } from "@asterite/audio/media";
import { defaultByteLimits } from "../../bytes/byte-limits.ts";
import { openFile } from "../../bytes/file-bytes.ts";
import type { MediaLocation } from "../../bytes/media-location.ts";
import type { LoadingLimits } from "../limits.ts";
import type { Loaded, LoadedTrack } from "../loader.ts";
import { mapInOrder } from "../map-concurrently.ts";
import { webPlace } from "../media-source.ts";
import type { Prober } from "../probe/prober.ts";
import type { Found, Roots } from "../music-folders.ts";
import { findFolderPicture } from "./folder-picture.ts";
import { type Picture, readPicture } from "./picture.ts";

/** What {@link Pictures} needs. */
export interface PicturesOptions {
  /** Null where no files are played. */
  readonly roots: Roots | null;
  /** Whether files of the web are played. */
  readonly isWebOn: boolean;
  readonly prober: Prober;
  readonly limits: Pick<LoadingLimits, "artworkBytes" | "artworkFolderEntries" | "concurrentProbes">;
}

/** Finds the pictures of files, in the music folders and in the web. */
export class Pictures {
  readonly #options: PicturesOptions;

  constructor(options: PicturesOptions) {
    this.#options = options;
  }

  /**
   * The picture in a file, or else the one beside it; null where there is none. What is in the web has nothing beside it.
   *
   * @throws TrackError where the node is shutting down; what the signal was aborted with.
   */
  async read(identifier: string, signal: AbortSignal): Promise<Picture | null> {
    const { roots, isWebOn } = this.#options;
    const place = webPlace(identifier);
    if (place !== null) return isWebOn ? await this.#inside(place.location, signal) : null;
    const file = (await roots?.find(identifier)) ?? null;
    if (file === null || file.isFolder) return null;
    return (await this.#inside({ type: "file", path: file.real }, signal)) ?? (await this.#beside(file));
  }

  /** Notes of tracks without a picture inside whether there is one beside them. */
  async describe(loaded: Loaded): Promise<Loaded> {
    if (!("tracks" in loaded)) return loaded;
    const folders = [...new Set(loaded.tracks.flatMap((track) => folderToLookIn(track) ?? []))];
    const found = await mapInOrder(folders, this.#options.limits.concurrentProbes, async (folder) =>
      (await this.#findIn(folder)) === null ? [] : [folder],
    );
    const folderPictures = new Set(found.flat());
    const describe = (track: LoadedTrack): LoadedTrack => {
      const folder = folderToLookIn(track);
      const isBeside = folder !== null && folderPictures.has(folder);
      return isBeside ? { ...track, extras: { ...track.extras, hasPicture: true } } : track;
    };
    return loaded.loadType === "TRACK_LOADED"
      ? { ...loaded, tracks: [describe(loaded.tracks[0])] }
      : { ...loaded, tracks: loaded.tracks.map(describe) };
  }

  async #inside(location: MediaLocation, signal: AbortSignal): Promise<Picture | null> {
    try {
      const artwork = await this.#options.prober.readArtwork(location, signal);
      return artwork && readPicture(artwork.data);
    } catch (error) {
      signal.throwIfAborted();
      // A damaged file can still have a picture beside it, and one of the web may be gone.
      if (error instanceof TrackError) return null;
      throw error;
    }
  }

  async #beside({ path }: Found): Promise<Picture | null> {
    const picture = await this.#findIn(dirname(path));
    if (picture === null) return null;
    const { artworkBytes } = this.#options.limits;
    try {
      const bytes = await openFile(picture.real, { ...defaultByteLimits, readBytes: artworkBytes });
      try {
        return readPicture(await bytes.read(0, bytes.size));
      } finally {
        bytes.close();
      }
    } catch (error) {
      // Too large, or gone.
      if (error instanceof TrackError) return null;
      throw error;
    }
  }

  /** What a link leads to counts like everything else: only inside of the folders. */
  async #findIn(folder: string): Promise<Found | null> {
    const { roots, limits } = this.#options;
    const path = await findFolderPicture(folder, limits.artworkFolderEntries);
    const found = path === null ? null : await roots?.find(path);
    return found && !found.isFolder ? found : null;
  }
}

const folderToLookIn = ({ track, extras }: LoadedTrack): string | null =>
  track.source.name === "local" && !extras.hasPicture ? dirname(track.info.identifier) : null;
