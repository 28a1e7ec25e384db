/** Where a packet is and when it begins. */
export interface Sample {
  readonly at: number;
  readonly bytes: number;
  /** In units of the track. */
  readonly time: number;
}

/** The packets of a track by their order. */
export interface Samples {
  /** The next; undefined at the end. */
  next(): Promise<Sample | undefined>;
  /** Goes to the last that begins by a time, or to the first. */
  seek(time: number): Promise<void>;
}
