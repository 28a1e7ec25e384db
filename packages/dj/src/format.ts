/** Formats a duration or position as `3:07` or `1:02:03`; null, the length of a stream, as `live`. */
export function formatDuration(ms: number | null): string {
  if (ms === null) return "live";
  const seconds = Math.floor(ms / 1_000);
  const [hours, minutes] = [Math.floor(seconds / 3_600), Math.floor(seconds / 60) % 60];
  const pad = (value: number): string => String(value).padStart(2, "0");
  return hours > 0 ? `${hours}:${pad(minutes)}:${pad(seconds % 60)}` : `${minutes}:${pad(seconds % 60)}`;
}

/** Target of a seek: a position in ms, or an offset from the current one. */
interface SeekTime {
  readonly ms: number;
  readonly isRelative: boolean;
}

/** Parses `90`, `1:30` or `1:02:03`, whose parts after a colon are below 60, or an offset with a leading `+` or `-`; undefined for any other text. */
export function parseSeekTime(text: string): SeekTime | undefined {
  const [, sign = "", time = ""] = /^([+-]?)(\d{1,6}(?::[0-5]?\d){0,2})$/.exec(text.trim()) ?? [];
  if (time === "") return undefined;
  const seconds = time.split(":").reduce((sum, part) => 60 * sum + Number(part), 0);
  return { ms: (sign === "-" ? -1_000 : 1_000) * seconds, isRelative: sign !== "" };
}

/** Formats a count with its noun: `1 track`, `2 tracks`. */
export const pluralize = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? "" : "s"}`;
