/** Bytes of known number that can be read in any order: a file, or a server that answers ranges. */
export interface RandomBytes {
  /** Discriminant. */
  readonly kind: "random";
  /** Number of bytes. */
  readonly size: number;
  /** What the server says that it is, without parameters; null where nobody says. */
  readonly contentType: string | null;
  /**
   * Reads the bytes from `start` up to but not including `end`; fewer only where the source ends.
   *
   * @throws TrackError when they cannot be had, after what could be tried again was.
   */
  read(start: number, end: number): Promise<Uint8Array>;
  /** Lets go of descriptors and connections; a read under way is rejected. */
  close(): void;
}

/** Bytes that come once, in order: internet radio, or a server without ranges. */
export interface LiveBytes {
  /** Discriminant. */
  readonly kind: "live";
  /** What the server says that it is, without parameters; null where nobody says. */
  readonly contentType: string | null;
  /** Whether the end is unknown, as with radio. A server that only lacks ranges has an end. */
  readonly endless: boolean;
  /** The bytes, with titles between them taken out; read no faster than asked for. */
  readonly stream: ReadableStream<Uint8Array>;
  /** Name of the station, where the server says so. */
  readonly station: string | null;
  /** The title that the stream announced last; null before the first. */
  readonly title: string | null;
  /** Ends the connection. */
  close(): void;
}

/** An opened file or address. */
export type ByteSource = RandomBytes | LiveBytes;
