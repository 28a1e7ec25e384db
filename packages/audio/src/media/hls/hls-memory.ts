/** Memory for segments that several streams share. */
export interface HlsMemory {
  /** Returns whether there is room to load a segment ahead. The segment that is read next is loaded in any case. */
  hasRoomFor(bytes: number): boolean;
  /** Counts the bytes of a loaded segment. */
  hold(bytes: number): void;
  /** Stops counting the bytes of a segment: as many at a time as were held at a time. */
  release(bytes: number): void;
  /** Called when the stream is closed and has released all bytes. */
  close(): void;
}
