import { dirname } from "node:path";
import { TrackError } from "@asterite/audio/media";
import { defaultByteLimits } from "../../bytes/byte-limits.ts";
import { openFile } from "../../bytes/file-bytes.ts";
import type { MediaLocation } from "../../bytes/media-location.ts";
import type { LoadingLimits } from "../limits.ts";
import type { Loaded, LoadedTrack } from "../loader.ts";
import { mapConcurrently } from "../map-concurrently.ts";
import { httpMediaSource } from "../media-source.ts";
import type { MusicFolders, ResolvedPath } from "../music-folders.ts";
import type { Prober } from "../probe/prober.ts";
import { findFolderPicture } from "./folder-picture.ts";
import { detectPicture, type Picture } from "./picture.ts";

/** Options of {@link PictureFinder}. */
export interface PictureFinderOptions {
  /** Null if files are not played. */
  readonly musicFolders: MusicFolders | null;
  /** Whether HTTP addresses are played. */
  readonly isHttpEnabled: boolean;
  readonly prober: Prober;
  readonly limits: Pick<LoadingLimits, "artworkBytes" | "artworkFolderEntries" | "concurrentProbes">;
}

/** Finds the pictures of tracks: embedded ones, and album pictures in music folders. */
export class PictureFinder {
  readonly #options: PictureFinderOptions;

  constructor(options: PictureFinderOptions) {
    this.#options = options;
  }

  /**
   * Returns the embedded picture of a file, or else the album picture in its folder; null if there is none.
   * HTTP addresses have only embedded pictures.
   *
   * @throws TrackError when the node is shutting down; the signal's reason when it aborts.
   */
  async read(identifier: string, signal: AbortSignal): Promise<Picture | null> {
    const { musicFolders, isHttpEnabled } = this.#options;
    const source = httpMediaSource(identifier);
    if (source !== null) return isHttpEnabled ? await this.#readEmbedded(source.location, signal) : null;
    const file = (await musicFolders?.resolvePart(identifier)) ?? null;
    if (file === null || file.isFolder) return null;
    return (
      (await this.#readEmbedded({ type: "file", path: file.realPath }, signal)) ??
      (await this.#readFolderPicture(file))
    );
  }

  /** Sets `hasPicture` of tracks without an embedded picture whose folder contains an album picture. */
  async markFolderPictures(loaded: Loaded): Promise<Loaded> {
    if (!("tracks" in loaded)) return loaded;
    const folders = [...new Set(loaded.tracks.flatMap((track) => folderToSearch(track) ?? []))];
    const found = await mapConcurrently(folders, this.#options.limits.concurrentProbes, async (folder) =>
      (await this.#findFolderPicture(folder)) === null ? [] : [folder],
    );
    const folderPictures = new Set(found.flat());
    const describe = (track: LoadedTrack): LoadedTrack => {
      const folder = folderToSearch(track);
      const isBeside = folder !== null && folderPictures.has(folder);
      return isBeside ? { ...track, extras: { ...track.extras, hasPicture: true } } : track;
    };
    return loaded.loadType === "TRACK_LOADED"
      ? { ...loaded, tracks: [describe(loaded.tracks[0])] }
      : { ...loaded, tracks: loaded.tracks.map(describe) };
  }

  async #readEmbedded(location: MediaLocation, signal: AbortSignal): Promise<Picture | null> {
    try {
      const artwork = await this.#options.prober.readArtwork(location, signal);
      return artwork && detectPicture(artwork.data);
    } catch (error) {
      signal.throwIfAborted();
      // A damaged file may still have an album picture, and an HTTP file may be gone.
      if (error instanceof TrackError) return null;
      throw error;
    }
  }

  async #readFolderPicture({ path }: ResolvedPath): Promise<Picture | null> {
    const picture = await this.#findFolderPicture(dirname(path));
    if (picture === null) return null;
    const { artworkBytes } = this.#options.limits;
    try {
      const bytes = await openFile(picture.realPath, { ...defaultByteLimits, readBytes: artworkBytes });
      try {
        return detectPicture(await bytes.read(0, bytes.size));
      } finally {
        bytes.close();
      }
    } catch (error) {
      // The file is too large, or was removed.
      if (error instanceof TrackError) return null;
      throw error;
    }
  }

  /** The picture may be a symbolic link, whose target must be inside the music folders too. */
  async #findFolderPicture(folder: string): Promise<ResolvedPath | null> {
    const { musicFolders, limits } = this.#options;
    const path = await findFolderPicture(folder, limits.artworkFolderEntries);
    const found = path === null ? null : await musicFolders?.resolve(path);
    return found && !found.isFolder ? found : null;
  }
}

const folderToSearch = ({ track, extras }: LoadedTrack): string | null =>
  track.source.name === "local" && !extras.hasPicture ? dirname(track.info.identifier) : null;
