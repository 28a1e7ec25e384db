import { isAbsolute } from "node:path";
import type { Logger } from "@asterite/util";
import { type ByteLimits, defaultByteLimits } from "../bytes/byte-limits.ts";
import { NodeError } from "../errors.ts";
import type { AutoSearch } from "./identifier.ts";
import { defaultLoadingLimits, type LoadingLimits } from "./limits.ts";

/** Which sources are on. */
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
  /** Searches in the music folders, whose results are `local` tracks. Works while `local` is on. Default: true. */
  readonly search: boolean;
  /** Any address of the web. Default: false. */
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
  /** Which sources are on. Default: {@link defaultSources}. */
  readonly sources?: Partial<SourceOptions> | undefined;
  /** Absolute paths of the folders that `local` and `search` may read. Default: none. */
  readonly musicFolders?: readonly string[] | undefined;
  /**
   * Absolute path of a folder, made if absent, where the index of the music folders is kept. Default: none, and it is
   * made anew at each start.
   */
  readonly dataFolder?: string | null | undefined;
  /** What an identifier that is neither an address nor a search becomes. Default: `ytsearch`. */
  readonly autoSearch?: AutoSearch | undefined;
  /**
   * Whether addresses that are not public may be opened: whoever may load tracks can then reach the network of the
   * node's owner. Default: false.
   */
  readonly allowPrivateAddresses?: boolean | undefined;
  /**
   * The program yt-dlp, as a path or a name that `PATH` leads to, for the sites that need it. It is not part of the
   * node. Default: none, and what needs it fails and says so.
   */
  readonly ytDlp?: string | null | undefined;
  /** Pages of 100 tracks that are loaded of a playlist on YouTube. Default: as many tracks as of others. */
  readonly maxPlaylistPages?: number | undefined;
  /** What the node calls itself when it asks for files. Default: `Asterite`. */
  readonly userAgent?: string | undefined;
  /** What loading may cost. Default: {@link defaultLoadingLimits}. */
  readonly limits?: Partial<LoadingLimits> | undefined;
  /** What opening and reading bytes may cost. Default: {@link defaultByteLimits}. */
  readonly byteLimits?: Partial<ByteLimits> | undefined;
  /** Default: nothing is written. */
  readonly logger?: Logger | undefined;
  /** The program of the thread that looks into tracks. Default: the node's own. */
  readonly probeWorker?: URL | undefined;
}

/**
 * Checks options where they enter.
 *
 * @throws NodeError `INVALID_OPTION`, naming the option, what was given and what is allowed.
 */
export function checkLoaderOptions(options: LoaderOptions): void {
  const { sources = {}, musicFolders = [], autoSearch = null } = options;
  for (const [name, value] of Object.entries(sources)) {
    const field = `sources.${name}`;
    if (!(name in defaultSources)) throw refuse(field, value, Object.keys(defaultSources).join(", "));
    if (typeof value !== "boolean") throw refuse(field, value, "true or false");
  }
  for (const folder of musicFolders) {
    if (!isAbsolute(folder)) throw refuse("musicFolders", folder, "absolute paths");
  }
  const { dataFolder = null } = options;
  if (dataFolder !== null && !isAbsolute(dataFolder))
    throw refuse("dataFolder", dataFolder, "an absolute path");
  if (autoSearch !== null && autoSearch !== "ytsearch" && autoSearch !== "search") {
    throw refuse("autoSearch", autoSearch, "ytsearch, search or null");
  }
  const { ytDlp = null } = options;
  if (ytDlp !== null && (typeof ytDlp !== "string" || ytDlp.trim() === "")) {
    throw refuse("ytDlp", ytDlp, "a path or a name");
  }
  const { maxPlaylistPages = 1 } = options;
  if (!Number.isInteger(maxPlaylistPages) || maxPlaylistPages < 1 || maxPlaylistPages > mostPlaylistPages) {
    throw refuse("maxPlaylistPages", maxPlaylistPages, `a whole number from 1 to ${mostPlaylistPages}`);
  }
  checkNumbers("limits", options.limits, defaultLoadingLimits);
  checkNumbers("byteLimits", options.byteLimits, defaultByteLimits);
}

const mostPlaylistPages = 1_000;

/** Node turns a longer timer into one of 1 ms. */
const longestTimerMs = 2 ** 31 - 1;
/** Numbers of which 0 means that the thing is off. */
const maybeZero = new Set(["redirects", "waitingLoads", "bufferedBytes"]);

function checkNumbers(group: string, given: object | undefined, known: object): void {
  for (const [name, value] of Object.entries(given ?? {})) {
    const field = `${group}.${name}`;
    if (!(name in known)) throw refuse(field, value, Object.keys(known).join(", "));
    const least = maybeZero.has(name) ? 0 : 1;
    const most = name.endsWith("Ms") ? longestTimerMs : Number.MAX_SAFE_INTEGER;
    if (!Number.isInteger(value) || value < least || value > most) {
      throw refuse(field, value, `a whole number from ${least} to ${most}`);
    }
  }
}

const refuse = (field: string, given: unknown, allowed: string): NodeError =>
  new NodeError("INVALID_OPTION", `Option ${field} is ${JSON.stringify(given)}; allowed: ${allowed}`);
