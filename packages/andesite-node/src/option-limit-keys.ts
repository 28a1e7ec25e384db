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
  readonly unit: string | null;
  readonly help: string;
  readonly fallback: number;
}

const maxLimit = 2 ** 40;

/** The size limit of pictures is an option of `artwork`. */
type KeyedLimits = Omit<LoadingLimits, "artworkBytes">;

const loadingHelp: { readonly [Name in keyof KeyedLimits]: string } = {
  loadMs: "time of one load, waiting included",
  concurrentLoads: "loads at a time",
  waitingLoads: "loads that wait for their turn",
  identifierLength: "characters of an identifier",
  playlistBytes: "size of a playlist file",
  playlistEntries: "tracks of a playlist that is not on YouTube",
  playlistDepth: "how deep playlists may stand in playlists",
  folderEntries: "tracks of a folder",
  folderDepth: "how deep folders may stand in a folder",
  artworkFolderEntries: "entries of a folder in which a picture is looked for",
  concurrentProbes: "files and addresses that one load looks into at a time",
  probeBytes: "what is read to find out what a track is",
  probeMemoryMb: "heap of the thread that looks into tracks",
  probeIdleMs: "time without work until that thread ends",
  probeGraceMs: "time it has to give up what took too long",
  searchResults: "results of a search",
  libraryWaitMs: "time a search waits for the first look through the folders",
  libraryRescanMs: "time between regular looks through the folders",
  libraryQuietMs: "time without a change until a changed folder is looked through",
  libraryFiles: "files that are searched",
  watchedFolders: "folders that are watched for changes",
  programMs: "time of one run of yt-dlp",
  programBytes: "what one run of yt-dlp may write",
  concurrentPrograms: "runs of yt-dlp at a time",
  programConnections: "connections of yt-dlp at a time",
};

const bytesHelp: { readonly [Name in keyof ByteLimits]: string } = {
  connectMs: "time until a connection stands",
  firstByteMs: "time until a server answers",
  stallMs: "time that a server may send nothing",
  redirects: "redirects that are followed",
  headerBytes: "headers of an answer",
  tries: "tries to connect again for the same block",
  backOffMs: "wait before the second of them, which then doubles",
  blockBytes: "what is read and kept at a time",
  keptBlocks: "such blocks kept of one source",
  readBytes: "the largest single read",
  bufferedBytes: "files of servers without ranges that are kept whole",
};

/** Limits that may be 0. */
const zeroAllowed: ReadonlySet<string> = new Set(["redirects", "waitingLoads", "bufferedBytes"]);

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
    const unit = suffix === undefined ? null : units[suffix];
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
