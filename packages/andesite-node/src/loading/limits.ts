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
  /** MiB of heap of the thread that looks into tracks. Default 256. */
  readonly probeMemoryMb: number;
  /** ms without work after which that thread ends. Default 60 000. */
  readonly probeIdleMs: number;
  /** ms that the thread has to give up what took too long before it is ended by force. Default 1 000. */
  readonly probeGraceMs: number;
  /** Results of a search. Default 20. */
  readonly searchResults: number;
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
  probeMemoryMb: 256,
  probeIdleMs: 60_000,
  probeGraceMs: 1_000,
  searchResults: 20,
});
