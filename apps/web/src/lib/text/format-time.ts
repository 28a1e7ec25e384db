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

/** Writes times in one way. A format is kept for the next time: to make one takes far longer than to use it. */
function writer(options: Intl.DateTimeFormatOptions): (at: number, language: string) => string {
  let made: { readonly language: string; readonly format: Intl.DateTimeFormat } | undefined;
  return (at, language) => {
    if (!isDate(at)) return "";
    if (made?.language !== language) made = { language, format: new Intl.DateTimeFormat(language, options) };
    return made.format.format(at);
  };
}

/** Hour and minute. */
export const timeText = writer({ timeStyle: "short" });

/** Day and time. */
export const dateTimeText = writer({ dateStyle: "medium", timeStyle: "short" });

/** The day in full. */
export const dayText = writer({ dateStyle: "full" });

/** The time as programs read it. */
export const isoText = (at: number): string => (isDate(at) ? new Date(at).toISOString() : "");
