/** Position and time of a packet. */
export interface Sample {
  readonly at: number;
  readonly bytes: number;
  /** Time in units of the track. */
  readonly time: number;
}

/** Packets of a track in order. */
export interface Samples {
  /** Returns the next packet; undefined at the end. */
  next(): Promise<Sample | undefined>;
  /** Moves to the last packet that starts at or before a time, or to the first. */
  seek(time: number): Promise<void>;
}
