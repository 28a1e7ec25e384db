import { readdir } from "node:fs/promises";
import { basename, dirname, isAbsolute, join } from "node:path";
import { TrackError } from "@asterite/audio/media";
import type { Track } from "@asterite/lavaplayer-track";
import type { MediaLocation } from "../../bytes/media-location.ts";
import { isPlayableTrackOf } from "../containers.ts";
import { toTrack } from "../cue-track.ts";
import type { LoadingLimits } from "../limits.ts";
import type { Loaded, LoadedTrack } from "../loader.ts";
import { isCueSheet, isMediaFile } from "../media-files.ts";
import type { MediaLoader } from "../media-loader.ts";
import { localMediaSource, type MediaSource } from "../media-source.ts";
import { type MusicFolders, pathOf, type ResolvedPath } from "../music-folders.ts";
import { splitPartIdentifier } from "../part-identifier.ts";
import type { TrackSource } from "./track-source.ts";

/** Natural sort order: track 2 before track 10. */
const { compare } = new Intl.Collator("en", { numeric: true, sensitivity: "base" });

/** Files beyond the limit from which on no more folders are read, to count them. */
const maxOmittedFiles = 1_000;

/** Cue sheets of a folder that are searched for the tags of a part. */
const maxSheets = 50;

/** Media files and cue sheets in a folder. */
interface FolderFiles {
  readonly sources: readonly MediaSource[];
  /** Number of further files, beyond the limit. */
  readonly omitted: number;
}

/** Source of files, folders and playlists in the music folders. */
export class LocalTrackSource implements TrackSource {
  readonly name = "local";
  readonly searches = false;
  readonly #musicFolders: MusicFolders;
  readonly #media: MediaLoader;
  readonly #limits: LoadingLimits;

  constructor(musicFolders: MusicFolders, media: MediaLoader, limits: LoadingLimits) {
    this.#musicFolders = musicFolders;
    this.#media = media;
    this.#limits = limits;
  }

  async load(identifier: string, signal: AbortSignal): Promise<Loaded | null> {
    const found = await this.#musicFolders.resolvePart(pathOf(identifier));
    if (found === null) return null;
    if (found.part) return { loadType: "TRACK_LOADED", tracks: [await this.#loadTrack(found, signal)] };
    if (!found.isFolder) return await this.#media.load(localMediaSource(found), signal);
    const { sources, omitted } = await this.#listFiles(found.path, signal);
    return await this.#media.loadAll(basename(found.path), sources, omitted, signal);
  }

  owns(track: Track): boolean {
    return isPlayableTrackOf(track, "local");
  }

  async locate(track: Track, signal: AbortSignal): Promise<MediaLocation> {
    const found =
      (await this.#musicFolders.resolvePart(track.info.identifier)) ?? (await this.#findMoved(track, signal));
    if (found === null || found.isFolder) {
      throw new TrackError("The file no longer exists.", "COMMON");
    }
    return localMediaSource(found).location;
  }

  /**
   * Finds a track whose identifier is a path from before its folder was moved. Files that only have the same
   * name do not match.
   */
  async #findMoved({ info }: Track, signal: AbortSignal): Promise<ResolvedPath | null> {
    const { whole, part } = splitPartIdentifier(info.identifier) ?? { whole: info.identifier };
    if (!isAbsolute(whole)) return null;
    for await (const file of this.#musicFolders.findMoved(whole)) {
      const found = part ? { ...file, part } : file;
      const loaded = await this.#loadTrack(found, signal).catch(() => null);
      signal.throwIfAborted();
      if (!loaded) continue;
      const candidate = loaded.track.info;
      const isSame =
        candidate.title === info.title &&
        candidate.author === info.author &&
        candidate.lengthMs === info.lengthMs;
      if (isSame) return found;
    }
    return null;
  }

  /**
   * Loads a file as a single track, or a part of it with the tags of the cue sheet that names it: that of the file, or one beside
   * it.
   */
  async #loadTrack(file: ResolvedPath, signal: AbortSignal): Promise<LoadedTrack> {
    const source = localMediaSource(file);
    const folder = dirname(file.path);
    const names = file.part ? await readdir(folder).catch(() => []) : [];
    const sheets = names.filter(isCueSheet).slice(0, maxSheets);
    for (const path of file.part ? [file.path, ...sheets.map((name) => join(folder, name))] : []) {
      const found = await this.#musicFolders.resolve(path);
      if (!found || found.isFolder) continue;
      const read = await this.#media
        .readParts(localMediaSource(found), signal, source.identifier)
        .catch(() => null);
      signal.throwIfAborted();
      const [part] = read?.parts ?? [];
      if (part) return toTrack(part);
    }
    return await this.#media.loadTrack(source, signal);
  }

  /** Returns the media files of a folder in natural order, followed by those of its subfolders. */
  async #listFiles(root: string, signal: AbortSignal): Promise<FolderFiles> {
    const { folderEntries, folderDepth } = this.#limits;
    const sources: MediaSource[] = [];
    let omitted = 0;
    const scan = async (folder: string, depth: number): Promise<void> => {
      signal.throwIfAborted();
      const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
      const folders: string[] = [];
      for (const entry of entries.sort((a, b) => compare(a.name, b.name))) {
        const path = join(folder, entry.name);
        // Symbolic links to folders are skipped: they could form a cycle.
        if (entry.isDirectory()) folders.push(path);
        else if (!isMediaFile(entry.name) && !isCueSheet(entry.name)) continue;
        else if (sources.length >= folderEntries) omitted++;
        else {
          const found = await this.#musicFolders.resolve(path);
          if (found && !found.isFolder) sources.push(localMediaSource(found));
        }
      }
      if (depth <= 1) return;
      for (const subfolder of folders) if (omitted < maxOmittedFiles) await scan(subfolder, depth - 1);
    };
    await scan(root, folderDepth);
    return { sources, omitted };
  }
}
