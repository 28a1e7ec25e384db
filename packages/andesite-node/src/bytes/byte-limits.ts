/** What opening and reading bytes may cost. */
export interface ByteLimits {
  /** ms until a connection, TLS included, stands. Default 10 000. */
  readonly connectMs: number;
  /** ms from the request to the end of the headers of its answer. Default 15 000. */
  readonly firstByteMs: number;
  /** ms that a server may send nothing while something is waited for. Default 15 000. */
  readonly stallMs: number;
  /** Redirects that are followed. Default 5. */
  readonly redirects: number;
  /** Bytes of the headers of one answer. Default 32 KiB. */
  readonly headerBytes: number;
  /** How often a connection is opened again for the same block before the source has failed. Default 5. */
  readonly tries: number;
  /** ms before the second try; doubled for each further one, up to 5 000, with chance. Default 250. */
  readonly backOffMs: number;
  /** Size of what is read and kept at a time. Default 64 KiB. */
  readonly blockBytes: number;
  /** Blocks kept per source. Default 4. */
  readonly keptBlocks: number;
  /** Bytes of a single read; a container that wants more at once is broken or hostile. Default 32 MiB. */
  readonly readBytes: number;
  /** What a server without ranges may send to be kept in memory whole, so that it can be sought. Default 1 MiB. */
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
  blockBytes: 64 * 1024,
  keptBlocks: 4,
  readBytes: 32 * 1024 * 1024,
  bufferedBytes: 1024 * 1024,
});
