/** What loading may cost. */
export interface LoadingLimits {
  /** ms of one load, waiting for its turn included. Default 30 000. */
  readonly loadMs: number;
  /** Loads at a time. Default 8. */
  readonly concurrentLoads: number;
  /** Loads that wait for their turn; more are refused. Default 100. */
  readonly waitingLoads: number;
  /** UTF-16 units of an identifier. Default 4 096. */
  readonly identifierLength: number;
  /** Bytes of a playlist file; what is beyond is not read. Default 256 KiB. */
  readonly playlistBytes: number;
  /** Tracks of a playlist; what is beyond is left out. Default 100. */
  readonly playlistEntries: number;
  /** How deep playlists may stand in playlists. Default 3. */
  readonly playlistDepth: number;
  /** Tracks of a folder; what is beyond is left out. Default 500. */
  readonly folderEntries: number;
  /** How deep folders may stand in a folder that is loaded. Default 4. */
  readonly folderDepth: number;
  /** Files or addresses that one load looks into at a time. Default 4. */
  readonly concurrentProbes: number;
  /** Bytes read to find out what a track is. Default 32 MiB. */
  readonly probeBytes: number;
  /** Bytes of a picture; a larger one counts as none. Default 8 MiB. */
  readonly artworkBytes: number;
  /** Entries of a folder among which a picture is looked for; what is beyond is not. Default 5 000. */
  readonly artworkFolderEntries: number;
  /** MiB of heap of the thread that looks into tracks. Default 256. */
  readonly probeMemoryMb: number;
  /** ms without work after which that thread ends. Default 60 000. */
  readonly probeIdleMs: number;
  /** ms that the thread has to give up what took too long before it is ended by force. Default 1 000. */
  readonly probeGraceMs: number;
  /** Results of a search. Default 20. */
  readonly searchResults: number;
  /** ms that a search waits for the music folders to be looked through for the first time. Default 5 000. */
  readonly libraryWaitMs: number;
  /** ms after which the music folders are looked through again without a reason. Default 600 000. */
  readonly libraryRescanMs: number;
  /** ms without a change after which a music folder that changed is looked through. Default 500. */
  readonly libraryQuietMs: number;
  /** Files of the music folders that are searched; what is beyond is left out. Default 500 000. */
  readonly libraryFiles: number;
  /** Folders that are watched for changes; others wait for the next regular look. Default 4 000. */
  readonly watchedFolders: number;
  /** ms of one run of yt-dlp. Default 25 000. */
  readonly programMs: number;
  /** Bytes that one run of yt-dlp may write. Default 8 MiB. */
  readonly programBytes: number;
  /** Runs of yt-dlp at a time. Default 2. */
  readonly concurrentPrograms: number;
  /** Connections that yt-dlp may have at a time. Default 64. */
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
