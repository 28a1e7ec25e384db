/** A channel or group in the list of all, whose order means something. */
export interface RankedItem {
  readonly key: number | "base";
  /** Fit to be shown. */
  readonly name: string;
  /** Whether it has a place in the order. */
  readonly isRanked: boolean;
  /** Moves it; absent where it cannot go any further, or may not. */
  readonly up?: (() => Promise<unknown>) | undefined;
  readonly down?: (() => Promise<unknown>) | undefined;
  /** Why it may not be edited; absent where it may. */
  readonly lock?: string | undefined;
}
