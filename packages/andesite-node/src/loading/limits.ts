/** Limits of loading. */
export interface LoadingLimits {
  /** Timeout of a load in ms, including the wait for a free slot. Default 30 000. */
  readonly loadMs: number;
  /** Maximum number of concurrent loads. Default 8. */
  readonly concurrentLoads: number;
  /** Maximum number of waiting loads; further ones are refused. Default 100. */
  readonly waitingLoads: number;
  /** Maximum length of an identifier in UTF-16 code units. Default 4 096. */
  readonly identifierLength: number;
  /** Bytes of a playlist file that are read; the rest is ignored. Default 256 KiB. */
  readonly playlistBytes: number;
  /** Maximum number of tracks of a playlist; further ones are dropped. Default 100. */
  readonly playlistEntries: number;
  /** Maximum nesting depth of playlists. Default 3. */
  readonly playlistDepth: number;
  /** Maximum number of tracks of a folder; further ones are dropped. Default 500. */
  readonly folderEntries: number;
  /** Depth to which a folder is read: 1 without its subfolders. Default 4. */
  readonly folderDepth: number;
  /** Maximum number of files or addresses that one load probes concurrently. Default 4. */
  readonly concurrentProbes: number;
  /** Maximum number of bytes read to probe a track. Default 32 MiB. */
  readonly probeBytes: number;
  /** Maximum size of a picture in bytes; larger ones are ignored. Default 8 MiB. */
  readonly artworkBytes: number;
  /** Maximum number of folder entries that are searched for a picture. Default 5 000. */
  readonly artworkFolderEntries: number;
  /** Heap limit of the probe thread in MiB. Default 256. */
  readonly probeMemoryMb: number;
  /** Idle time in ms after which the probe thread is stopped. Default 60 000. */
  readonly probeIdleMs: number;
  /**
   * Time in ms in which the probe thread must acknowledge a cancellation before it is terminated. Default 1
   * 000.
   */
  readonly probeGraceMs: number;
  /** Maximum number of search results. Default 20. */
  readonly searchResults: number;
  /** Time in ms after the start in which searches wait for the first scan of the music folders. Default 5 000. */
  readonly libraryWaitMs: number;
  /** Interval in ms of the periodic scans of the music folders. Default 600 000. */
  readonly libraryRescanMs: number;
  /** Time in ms without further changes after which changed music folders are scanned. Default 500. */
  readonly libraryQuietMs: number;
  /** Maximum number of indexed files; further ones are not found by searches. Default 500 000. */
  readonly libraryFiles: number;
  /** Maximum number of watched folders; changes in others are found by the periodic scan. Default 4 000. */
  readonly watchedFolders: number;
  /** Timeout of a run of yt-dlp in ms. Default 25 000. */
  readonly programMs: number;
  /** Maximum output of a run of yt-dlp in bytes. Default 8 MiB. */
  readonly programBytes: number;
  /** Maximum number of concurrent runs of yt-dlp. Default 2. */
  readonly concurrentPrograms: number;
  /** Maximum number of open connections of all runs of yt-dlp. Default 64. */
  readonly programConnections: number;
}

/** The defaults of {@link LoadingLimits}. */
export const defaultLoadingLimits: LoadingLimits = Object.freeze({
  loadMs: 30_000,
  concurrentLoads: 8,
  waitingLoads: 100,
  identifierLength: 4_096,
  playlistBytes: 256 * 1024,
  playlistEntries: 100,
  playlistDepth: 3,
  folderEntries: 500,
  folderDepth: 4,
  concurrentProbes: 4,
  probeBytes: 32 * 1024 * 1024,
  artworkBytes: 8 * 1024 * 1024,
  artworkFolderEntries: 5_000,
  probeMemoryMb: 256,
  probeIdleMs: 60_000,
  probeGraceMs: 1_000,
  searchResults: 20,
  libraryWaitMs: 5_000,
  libraryRescanMs: 600_000,
  libraryQuietMs: 500,
  libraryFiles: 500_000,
  watchedFolders: 4_000,
  programMs: 25_000,
  programBytes: 8 * 1024 * 1024,
  concurrentPrograms: 2,
  programConnections: 64,
});
