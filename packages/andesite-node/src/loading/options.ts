import { isAbsolute } from "node:path";
import { type Logger, maxTimerMs } from "@asterite/util";
import { type ByteLimits, defaultByteLimits } from "../bytes/byte-limits.ts";
import { NodeError } from "../errors.ts";
import type { AutoSearch } from "./identifier.ts";
import { defaultLoadingLimits, type LoadingLimits } from "./limits.ts";

/** Enabled sources. */
export interface SourceOptions {
  /** YouTube, through yt-dlp. Default: true. */
  readonly youtube: boolean;
  /** SoundCloud, through yt-dlp. Default: true. */
  readonly soundcloud: boolean;
  /** Bandcamp, through yt-dlp. Default: true. */
  readonly bandcamp: boolean;
  /** Vimeo, through yt-dlp. Default: true. */
  readonly vimeo: boolean;
  /** Twitch, through yt-dlp. Default: true. */
  readonly twitch: boolean;
  /** Searches in the music folders; their results are `local` tracks. Requires `local`. Default: true. */
  readonly search: boolean;
  /** HTTP and HTTPS addresses. Default: false. */
  readonly http: boolean;
  /** Files in the music folders. Default: false. */
  readonly local: boolean;
}

/** The defaults of {@link SourceOptions}. */
export const defaultSources: SourceOptions = Object.freeze({
  youtube: true,
  soundcloud: true,
  bandcamp: true,
  vimeo: true,
  twitch: true,
  search: true,
  http: false,
  local: false,
});

/** Options of {@link createLoader}. */
export interface LoaderOptions {
  /** Enabled sources. Default: {@link defaultSources}. */
  readonly sources?: Partial<SourceOptions> | undefined;
  /** Absolute paths of the music folders that `local` and `search` may read. Default: none. */
  readonly musicFolders?: readonly string[] | undefined;
  /**
   * Absolute path of the folder for the index of the music folders, created if missing. Default: none; the
   * index is rebuilt at each start.
   */
  readonly dataFolder?: string | null | undefined;
  /** Search for identifiers that are neither a URL nor a search. Default: `ytsearch`. */
  readonly autoSearch?: AutoSearch | undefined;
  /**
   * Whether private addresses may be opened. Every client that may load tracks can then reach the node's
   * local network. Default: false.
   */
  readonly allowPrivateAddresses?: boolean | undefined;
  /**
   * Path of the program yt-dlp, its name if it is in `PATH`, or `auto` to run the one in `PATH` if there is one. It is not part
   * of the node. Default: none; loads that require it fail with a message about this option.
   */
  readonly ytDlp?: string | null | undefined;
  /** Maximum number of pages of 100 tracks of a YouTube playlist. Default: the limit of other playlists. */
  readonly maxPlaylistPages?: number | undefined;
  /** `User-Agent` of requests. Default: `Asterite`. */
  readonly userAgent?: string | undefined;
  /** Limits of loading. Default: {@link defaultLoadingLimits}. */
  readonly limits?: Partial<LoadingLimits> | undefined;
  /** Limits of opening and reading bytes. Default: {@link defaultByteLimits}. */
  readonly byteLimits?: Partial<ByteLimits> | undefined;
  /** Logger. Default: no logging. */
  readonly logger?: Logger | undefined;
  /** Entry point of the probe thread. Default: the node's own. */
  readonly probeWorker?: URL | undefined;
}

/**
 * Validates options.
 *
 * @throws NodeError `INVALID_OPTION`; the message names the option, the value and what is allowed.
 */
export function checkLoaderOptions(options: LoaderOptions): void {
  const { sources = {}, musicFolders = [], autoSearch = null } = options;
  for (const [name, value] of Object.entries(sources)) {
    const field = `sources.${name}`;
    if (!(name in defaultSources)) throw optionError(field, value, Object.keys(defaultSources).join(", "));
    if (typeof value !== "boolean") throw optionError(field, value, "true or false");
  }
  for (const folder of musicFolders) {
    if (!isAbsolute(folder)) throw optionError("musicFolders", folder, "absolute paths");
  }
  const { dataFolder = null } = options;
  if (dataFolder !== null && !isAbsolute(dataFolder))
    throw optionError("dataFolder", dataFolder, "an absolute path");
  if (autoSearch !== null && autoSearch !== "ytsearch" && autoSearch !== "search") {
    throw optionError("autoSearch", autoSearch, "ytsearch, search or null");
  }
  const { ytDlp = null } = options;
  if (ytDlp !== null && (typeof ytDlp !== "string" || ytDlp.trim() === "")) {
    throw optionError("ytDlp", ytDlp, "a path or a name");
  }
  const { maxPlaylistPages = 1 } = options;
  if (
    !Number.isInteger(maxPlaylistPages) ||
    maxPlaylistPages < 1 ||
    maxPlaylistPages > maxPlaylistPagesLimit
  ) {
    throw optionError(
      "maxPlaylistPages",
      maxPlaylistPages,
      `a whole number from 1 to ${maxPlaylistPagesLimit}`,
    );
  }
  checkNumbers("limits", options.limits, defaultLoadingLimits);
  checkNumbers("byteLimits", options.byteLimits, defaultByteLimits);
}

const maxPlaylistPagesLimit = 1_000;

/** Limits that may be 0, which disables the feature. */
const zeroAllowed = new Set(["redirects", "waitingLoads", "bufferedBytes"]);

function checkNumbers(group: string, given: object | undefined, known: object): void {
  for (const [name, value] of Object.entries(given ?? {})) {
    const field = `${group}.${name}`;
    if (!(name in known)) throw optionError(field, value, Object.keys(known).join(", "));
    const min = zeroAllowed.has(name) ? 0 : 1;
    const max = name.endsWith("Ms") ? maxTimerMs : Number.MAX_SAFE_INTEGER;
    if (!Number.isInteger(value) || value < min || value > max) {
      throw optionError(field, value, `a whole number from ${min} to ${max}`);
    }
  }
}

const optionError = (field: string, given: unknown, allowed: string): NodeError =>
  new NodeError("INVALID_OPTION", `Option ${field} is ${JSON.stringify(given)}; allowed: ${allowed}`);
