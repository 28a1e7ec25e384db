import { maxTimerMs } from "@asterite/util";
import { type ByteLimits, defaultByteLimits } from "./bytes/byte-limits.ts";
import { defaultLoadingLimits, type LoadingLimits } from "./loading/limits.ts";

/** Numeric limit of loading or reading. */
export interface LimitKey {
  /** Key without the prefix. */
  readonly key: string;
  /** Property path in the loading options. */
  readonly path: readonly [group: "limits" | "byteLimits", name: string];
  readonly min: number;
  readonly max: number;
  readonly unit: string | undefined;
  readonly help: string;
  readonly fallback: number;
}

const maxLimit = 2 ** 40;

/** The size limit of pictures is an option of `artwork`. */
type KeyedLimits = Omit<LoadingLimits, "artworkBytes">;

const loadingHelp: { readonly [Name in keyof KeyedLimits]: string } = {
  loadMs: "time of one load, including its wait in the queue",
  concurrentLoads: "concurrent loads",
  waitingLoads: "queued loads",
  identifierLength: "length of an identifier in characters",
  playlistBytes: "size of a playlist file",
  playlistEntries: "tracks of a playlist other than YouTube's",
  playlistDepth: "nesting depth of playlists",
  folderEntries: "tracks loaded from a folder",
  folderDepth: "nesting depth of folders",
  artworkFolderEntries: "entries of a folder that is searched for artwork",
  concurrentProbes: "files and URLs that one load probes concurrently",
  probeBytes: "bytes read to probe a track",
  probeMemoryMb: "heap of the probe thread",
  probeIdleMs: "idle time after which the probe thread ends",
  probeGraceMs: "time for the probe thread to stop a probe that timed out",
  searchResults: "search results",
  libraryWaitMs: "time after the start in which searches wait for the first scan",
  libraryRescanMs: "interval between scans of the folders",
  libraryQuietMs: "time without further changes before a changed folder is scanned",
  libraryFiles: "files in the index",
  watchedFolders: "folders watched for changes",
  programMs: "time of one run of yt-dlp",
  programBytes: "output of one run of yt-dlp",
  concurrentPrograms: "concurrent runs of yt-dlp",
  programConnections: "concurrent connections of yt-dlp",
};

const bytesHelp: { readonly [Name in keyof ByteLimits]: string } = {
  connectMs: "time to establish a connection",
  firstByteMs: "time from a request to the end of the response headers",
  stallMs: "time without data before a read fails",
  redirects: "redirects that are followed",
  headerBytes: "size of response headers",
  tries: "failures of the same block after which a read fails",
  backOffMs: "delay before the second attempt; doubles with each further one",
  blockBytes: "size of a cached block",
  keptBlocks: "cached blocks per source",
  aheadMs: "audio that a track reads ahead of its server",
  aheadBytes: "bytes that a track reads ahead of its server",
  aheadTotalBytes: "bytes that all tracks read ahead",
  growthMs: "time for which the end of a growing file is waited for more",
  readBytes: "size of a single read",
  bufferedBytes: "size of files kept in memory if the server supports no ranges",
};

/** Limits that may be 0. */
const zeroAllowed: ReadonlySet<string> = new Set(["redirects", "waitingLoads", "growthMs", "bufferedBytes"]);

const units = { Ms: "ms", Mb: "MiB", Bytes: "bytes" } as const;

/** Converts a property name to a key: `concurrentLoads` → `concurrent-loads`, `loadMs` → `load-time`. */
const toKey = (name: string): string =>
  name
    .replace(/Ms$/, "Time")
    .replace(/Mb$/, "")
    .replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

const rows = <Limits extends object>(
  group: "limits" | "byteLimits",
  prefix: string,
  helps: Readonly<Record<keyof Limits & string, string>>,
  defaults: Readonly<Record<keyof Limits & string, number>>,
): LimitKey[] =>
  (Object.keys(helps) as (keyof Limits & string)[]).map((name) => {
    const suffix = (Object.keys(units) as (keyof typeof units)[]).find((end) => name.endsWith(end));
    const unit = suffix === undefined ? undefined : units[suffix];
    return {
      key: prefix + toKey(name),
      path: [group, name],
      min: zeroAllowed.has(name) ? 0 : 1,
      max: unit === "ms" ? maxTimerMs : maxLimit,
      unit,
      help: helps[name],
      fallback: defaults[name],
    };
  });

/** All limits of loading and reading, in the order of the documentation. */
export const limitKeys: readonly LimitKey[] = Object.freeze([
  ...rows<KeyedLimits>("limits", "limits.loading.", loadingHelp, { ...defaultLoadingLimits }),
  ...rows<ByteLimits>("byteLimits", "limits.bytes.", bytesHelp, { ...defaultByteLimits }),
]);
