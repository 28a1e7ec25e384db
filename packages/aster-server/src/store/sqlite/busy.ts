const sqliteBusy = 5;
/** Bits of an error code that hold its primary code; the others make it more specific. */
const primaryMask = 0xff;

/** Returns whether SQLite failed because another connection holds a lock. */
export const isBusy = (error: unknown): boolean =>
  error instanceof Error &&
  "errcode" in error &&
  typeof error.errcode === "number" &&
  (error.errcode & primaryMask) === sqliteBusy;
