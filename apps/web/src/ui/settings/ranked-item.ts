/** Channel or group in an ordered list. */
export interface RankedItem {
  readonly key: number | "base";
  /** Sanitized for display. */
  readonly name: string;
  /** Whether it has a position in the order. */
  readonly isRanked: boolean;
  /** Moves it up; absent at the top or without permission. */
  readonly up?: (() => Promise<unknown>) | undefined;
  /** Moves it down; absent at the bottom or without permission. */
  readonly down?: (() => Promise<unknown>) | undefined;
  /** Reason why it cannot be edited, if it cannot. */
  readonly lockReason?: string | undefined;
}
