import { argumentError, checkText } from "../errors.ts";

const unitMs: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};

/** Names of the units by their spellings. */
const spellings: Readonly<Record<string, string>> = {
  ms: "ms",
  s: "s",
  sec: "s",
  secs: "s",
  second: "s",
  seconds: "s",
  m: "m",
  min: "m",
  mins: "m",
  minute: "m",
  minutes: "m",
  h: "h",
  hour: "h",
  hours: "h",
  d: "d",
  day: "d",
  days: "d",
  w: "w",
  week: "w",
  weeks: "w",
};

/** Longest text that is parsed, in characters. */
const maxLength = 100;

/**
 * Parses a duration such as `90s`, `1h30m`, `1.5 hours` or `2d 4h`, with units from ms to weeks. Returns ms;
 * undefined for any other text.
 */
export function parseDuration(text: string): number | undefined {
  checkText("text", text);
  if (text.length > maxLength) return undefined;
  const part = /\s*(\d{1,15}(?:\.\d{1,6})?)\s*([a-z]{1,7})\s*/iy;
  let sum = 0;
  let end = 0;
  for (let match = part.exec(text); match; match = part.exec(text)) {
    const [, amount, spelling = ""] = match;
    const name = spelling.toLowerCase();
    const unit = Object.hasOwn(spellings, name) ? unitMs[spellings[name] ?? ""] : undefined;
    if (unit === undefined) return undefined;
    sum += Number(amount) * unit;
    end = part.lastIndex;
  }
  return end > 0 && end === text.length ? Math.round(sum) : undefined;
}

/** Formats a duration in ms with its two largest units: `1 h 30 min`, `45 s`, `2 d`; below 1 s as `0.4 s`. */
export function formatDuration(ms: number): string {
  if (typeof ms !== "number" || Number.isNaN(ms)) throw argumentError("ms", ms, "a number");
  if (ms < 1_000) return `${Math.ceil(Math.max(0, ms) / 100) / 10} s`;
  const seconds = Math.ceil(ms / 1_000);
  const units: readonly (readonly [name: string, seconds: number])[] = [
    ["d", 86_400],
    ["h", 3_600],
    ["min", 60],
    ["s", 1],
  ];
  const first = units.findIndex(([, size]) => seconds >= size);
  const [large, small] = [units[first], units[first + 1]];
  if (!large) return "0 s";
  const count = Math.floor(seconds / large[1]);
  const rest = small ? Math.floor((seconds % large[1]) / small[1]) : 0;
  return small && rest > 0 ? `${count} ${large[0]} ${rest} ${small[0]}` : `${count} ${large[0]}`;
}
