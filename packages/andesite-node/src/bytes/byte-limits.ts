/** Limits for opening and reading files and addresses. */
export interface ByteLimits {
  /** Timeout in ms for connecting, TLS included. Default 10 000. */
  readonly connectMs: number;
  /** Timeout in ms from the request to the end of the response headers. Default 15 000. */
  readonly firstByteMs: number;
  /**
   * Timeout in ms for the next bytes of a body while a read waits for them. A file is requested again at the missing byte
   * after 4 000 already, and after twice as long each further time. Default 15 000.
   */
  readonly stallMs: number;
  /** Maximum number of redirects that are followed. Default 5. */
  readonly redirects: number;
  /** Maximum size in bytes of the headers of a response. Default 32 KiB. */
  readonly headerBytes: number;
  /** Failures of the same block after which a read fails. Default 5. */
  readonly tries: number;
  /**
   * Delay in ms before the first retry; doubled with each further one up to 5 000, with jitter. Default 250.
   */
  readonly backOffMs: number;
  /** Size in bytes of the blocks that are read and cached. Default 16 KiB. */
  readonly blockBytes: number;
  /** Number of blocks cached per source. Default 16. */
  readonly keptBlocks: number;
  /**
   * Time of audio in ms that a playing track reads ahead of its server, for times without a connection, but at least 256 KiB. Doubled whenever a
   * slow server has let it run out, up to eight times. Default 10 000.
   */
  readonly aheadMs: number;
  /** Maximum number of bytes that a track reads ahead. Default 8 MiB. */
  readonly aheadBytes: number;
  /** Maximum number of bytes that all tracks of a node read ahead; each gets an equal share. Default 256 MiB. */
  readonly aheadTotalBytes: number;
  /**
   * Time in ms for which the end of a file that has grown since it was opened is waited for more: a recording in progress, or
   * a download of another program; 0 to not wait. Default 5 000.
   */
  readonly growthMs: number;
  /**
   * Maximum size in bytes of a single read; only a damaged or hostile container requires more. Default 32
   * MiB.
   */
  readonly readBytes: number;
  /**
   * Maximum size in bytes of a file that is buffered in memory, to make it seekable, if its server does not
   * support ranges. Default 1 MiB.
   */
  readonly bufferedBytes: number;
}

/** The defaults of {@link ByteLimits}. */
export const defaultByteLimits: ByteLimits = Object.freeze({
  connectMs: 10_000,
  firstByteMs: 15_000,
  stallMs: 15_000,
  redirects: 5,
  headerBytes: 32 * 1024,
  tries: 5,
  backOffMs: 250,
  blockBytes: 16 * 1024,
  keptBlocks: 16,
  aheadMs: 10_000,
  aheadBytes: 8 * 1024 * 1024,
  aheadTotalBytes: 256 * 1024 * 1024,
  growthMs: 5_000,
  readBytes: 32 * 1024 * 1024,
  bufferedBytes: 1024 * 1024,
});
