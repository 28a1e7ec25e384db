/** A picture embedded in a media file. */
export interface Artwork {
  /** `image/jpeg`, `image/png` and the like, as the file declares it. */
  readonly mimeType: string;
  /** Bytes of the encoded picture. */
  readonly data: Uint8Array;
}
