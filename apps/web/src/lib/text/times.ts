/** The day that was last named: most times that are asked about in a row are of one day. */
let known = { from: 0, to: 0, name: "" };

/** Names the day of a time in the reader's time zone, so that equal days have equal names. */
export function dayOf(at: number): string {
  if (at >= known.from && at < known.to) return known.name;
  const date = new Date(at);
  const name = `${date.getFullYear()}-${date.getMonth() + 1}-${date.getDate()}`;
  const from = new Date(at).setHours(0, 0, 0, 0);
  known = { from, to: new Date(from).setHours(24, 0, 0, 0), name };
  return name;
}

const dayMs = 24 * 60 * 60 * 1000;

/** Whether a time is today or yesterday. */
export function nearDay(at: number, now: number): "today" | "yesterday" | undefined {
  if (dayOf(at) === dayOf(now)) return "today";
  const midnight = new Date(now).setHours(12, 0, 0, 0);
  return dayOf(at) === dayOf(midnight - dayMs) ? "yesterday" : undefined;
}

/** The largest time that a date can hold. */
const mostMs = 8.64e15;

const isDate = (at: number): boolean => Math.abs(at) <= mostMs;

/** Hour and minute. */
export const timeText = (at: number, language: string): string =>
  isDate(at) ? new Intl.DateTimeFormat(language, { timeStyle: "short" }).format(at) : "";

/** Day and time. */
export const dateTimeText = (at: number, language: string): string =>
  isDate(at) ? new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "short" }).format(at) : "";

/** The day in full. */
export const dayText = (at: number, language: string): string =>
  isDate(at) ? new Intl.DateTimeFormat(language, { dateStyle: "full" }).format(at) : "";

/** The time as programs read it. */
export const isoText = (at: number): string => (isDate(at) ? new Date(at).toISOString() : "");
