/** Last result of {@link dayKey}: consecutive calls are mostly about the same day. */
let cached = { from: 0, to: 0, key: "" };

/** Returns a key for the day of a time in the local time zone. */
export function dayKey(at: number): string {
  if (at >= cached.from && at < cached.to) return cached.key;
  const date = new Date(at);
  const key = `${date.getFullYear()}-${date.getMonth() + 1}-${date.getDate()}`;
  const from = new Date(at).setHours(0, 0, 0, 0);
  cached = { from, to: new Date(from).setHours(24, 0, 0, 0), key };
  return key;
}

const dayMs = 24 * 60 * 60 * 1000;

/** Returns whether a time is today or yesterday; undefined for other days. */
export function relativeDay(at: number, now: number): "today" | "yesterday" | undefined {
  if (dayKey(at) === dayKey(now)) return "today";
  const midnight = new Date(now).setHours(12, 0, 0, 0);
  return dayKey(at) === dayKey(midnight - dayMs) ? "yesterday" : undefined;
}

/** Largest time a `Date` can represent. */
const maxDateMs = 8.64e15;

const isDate = (at: number): boolean => Math.abs(at) <= maxDateMs;

/**
 * Creates a formatter. The `Intl` object is cached, because creating it is far more expensive than using it.
 */
function createFormatter(options: Intl.DateTimeFormatOptions): (at: number, language: string) => string {
  let current: { readonly language: string; readonly format: Intl.DateTimeFormat } | undefined;
  return (at, language) => {
    if (!isDate(at)) return "";
    if (current?.language !== language)
      current = { language, format: new Intl.DateTimeFormat(language, options) };
    return current.format.format(at);
  };
}

/** Formats hour and minute. */
export const formatTime = createFormatter({ timeStyle: "short" });

/** Formats date and time. */
export const formatDateTime = createFormatter({ dateStyle: "medium", timeStyle: "short" });

/** Formats the full date. */
export const formatDay = createFormatter({ dateStyle: "full" });

/** Formats a time as ISO 8601; empty if it is out of range. */
export const formatIso = (at: number): string => (isDate(at) ? new Date(at).toISOString() : "");
