/** Bytes of known length with random access: a file, or an HTTP server that supports ranges. */
export interface RandomBytes {
  /** Discriminant. */
  readonly type: "random";
  /** Length in bytes; {@link awaitSize} may make it longer. */
  readonly size: number;
  /** Whether all bytes can be read quickly, without a network: a file or memory. */
  readonly isLocal: boolean;
  /** Media type sent by the server, without parameters; null if unknown. */
  readonly contentType: string | null;
  /**
   * Reads the bytes from `start` (inclusive) to `end` (exclusive); fewer only at the end of the source.
   *
   * @throws TrackError when the bytes cannot be read after all retries.
   */
  read(start: number, end: number): Promise<Uint8Array>;
  /**
   * Waits until the source has this many bytes, or does not grow any more. Undefined for a source that cannot grow, as the
   * file of a recording in progress does.
   */
  awaitSize?(bytes: number): Promise<void>;
  /**
   * Begins to read ahead of the caller, for times without a connection. Called once the container is open. Undefined where
   * nothing has to be read ahead.
   *
   * @param bytesPerSecond - Bytes of one second of audio; null if unknown.
   */
  readAhead?(bytesPerSecond: number | null): void;
  /** Closes descriptors and connections; a pending read rejects. */
  close(): void;
}

/** Bytes that can be read once and in order: internet radio, or an HTTP server without ranges. */
export interface LiveBytes {
  /** Discriminant. */
  readonly type: "live";
  /** Media type sent by the server, without parameters; null if unknown. */
  readonly contentType: string | null;
  /** Whether the stream has no known end, like internet radio. A server that only lacks ranges has an end. */
  readonly endless: boolean;
  /** The bytes without interleaved titles, read on demand. */
  readonly stream: ReadableStream<Uint8Array>;
  /** Name of the station, if the server sends it. */
  readonly station: string | null;
  /** Last title announced in the stream; null before the first. */
  readonly title: string | null;
  /** Length in bytes; null if unknown. */
  readonly length: number | null;
  /** Opens the same bytes again from their start; undefined for radio. */
  readonly reopen?: (() => Promise<ByteSource>) | undefined;
  /** Begins to read ahead of the caller, see {@link RandomBytes.readAhead}. */
  readAhead?(bytesPerSecond: number | null): void;
  /** Closes the connection. */
  close(): void;
}

/** An opened file or address. */
export type ByteSource = RandomBytes | LiveBytes;

/**
 * Makes bytes that are read once and in order, without an end of their own, from pieces. Counts and lengths in the headers of files do
 * not describe the whole.
 *
 * @param next - Returns the next piece; undefined at the end.
 */
export const bytesOfPieces = (next: () => Promise<Uint8Array | undefined>): LiveBytes => ({
  type: "live",
  contentType: null,
  endless: true,
  stream: new ReadableStream<Uint8Array>(
    {
      pull: async (controller) => {
        const piece = await next();
        if (piece) controller.enqueue(piece);
        else controller.close();
      },
    },
    { highWaterMark: 0 },
  ),
  station: null,
  title: null,
  length: null,
  close: () => {},
});
