import { readdir } from "node:fs/promises";
import { basename, isAbsolute, join } from "node:path";
import { fileURLToPath } from "node:url";
import { TrackError } from "@asterite/audio/media";
import type { Track } from "@asterite/lavaplayer-track";
import type { MediaLocation } from "../../bytes/media-location.ts";
import { isProbedAs } from "../containers.ts";
import type { LoadingLimits } from "../limits.ts";
import type { Loaded } from "../loader.ts";
import { isMediaFile } from "../media-files.ts";
import type { MediaLoader } from "../media-loader.ts";
import { filePlace, type Place } from "../media-source.ts";
import type { Found, Roots } from "../music-folders.ts";
import type { Source } from "./track-source.ts";

/** As people count: track 2 before track 10. */
const { compare } = new Intl.Collator("en", { numeric: true, sensitivity: "base" });

/** Files, folders and playlists in the configured folders. */
export class LocalTracks implements Source {
  readonly name = "local";
  readonly #roots: Roots;
  readonly #media: MediaLoader;
  readonly #limits: LoadingLimits;

  constructor(roots: Roots, media: MediaLoader, limits: LoadingLimits) {
    this.#roots = roots;
    this.#media = media;
    this.#limits = limits;
  }

  async load(identifier: string, signal: AbortSignal): Promise<Loaded | null> {
    const found = await this.#roots.find(pathOf(identifier));
    if (found === null) return null;
    if (!found.isFolder) return await this.#media.load(filePlace(found), signal);
    const places = await this.#filesIn(found.path, this.#limits.folderDepth, signal);
    return await this.#media.loadAll(basename(found.path), places, signal);
  }

  owns(track: Track): boolean {
    return isProbedAs(track, "local");
  }

  async locate(track: Track, signal: AbortSignal): Promise<MediaLocation> {
    const found = (await this.#roots.find(track.info.identifier)) ?? (await this.#moved(track, signal));
    if (found === null || found.isFolder) {
      throw new TrackError("The file is not there any more.", "COMMON");
    }
    return { type: "file", path: found.real };
  }

  /** Where a track is that clients remember by a path of before; files that merely have its name are not it. */
  async #moved({ info }: Track, signal: AbortSignal): Promise<Found | null> {
    if (!isAbsolute(info.identifier)) return null;
    for await (const found of this.#roots.movedTo(info.identifier)) {
      const loaded = await this.#media.load(filePlace(found), signal).catch(() => null);
      signal.throwIfAborted();
      if (loaded?.loadType !== "TRACK_LOADED") continue;
      const there = loaded.tracks[0].track.info;
      const isSame =
        there.title === info.title && there.author === info.author && there.lengthMs === info.lengthMs;
      if (isSame) return found;
    }
    return null;
  }

  /** Media files in a folder and the folders in it: first its own, each sort in its natural order. */
  async #filesIn(folder: string, depth: number, signal: AbortSignal): Promise<Place[]> {
    signal.throwIfAborted();
    const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
    const places: Place[] = [];
    const folders: string[] = [];
    for (const entry of entries.sort((a, b) => compare(a.name, b.name))) {
      const path = join(folder, entry.name);
      // Links to folders are left out: they could lead round in a circle.
      if (entry.isDirectory()) folders.push(path);
      else if (isMediaFile(entry.name) && places.length < this.#limits.folderEntries) {
        const found = await this.#roots.find(path);
        if (found && !found.isFolder) places.push(filePlace(found));
      }
    }
    for (const inner of depth > 1 ? folders : []) {
      const left = this.#limits.folderEntries - places.length;
      if (left <= 0) break;
      places.push(...(await this.#filesIn(inner, depth - 1, signal)).slice(0, left));
    }
    return places;
  }
}

/** A path as it is, or out of an address of a file. */
function pathOf(identifier: string): string {
  if (!/^file:/i.test(identifier)) return identifier;
  try {
    return fileURLToPath(identifier);
  } catch {
    return "";
  }
}
