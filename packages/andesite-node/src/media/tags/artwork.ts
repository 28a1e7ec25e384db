/** A picture that a file holds. */
export interface Artwork {
  /** `image/jpeg`, `image/png` and the like, as the file calls it. */
  readonly mimeType: string;
  readonly data: Uint8Array;
}
