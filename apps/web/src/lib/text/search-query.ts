/** Operators of the search field, such as `from:ann` or `in:"two words"`. */
export type SearchOperator = "from" | "in" | "before" | "after" | "has";

/** Text of the search field, taken apart. */
export interface SearchInput {
  /** The text without operators. */
  readonly words: string;
  readonly operators: readonly { readonly name: SearchOperator; readonly value: string }[];
}

const operatorPattern = /(?<=^|\s)(from|in|before|after|has):(?:"([^"]*)"?|(\S*))/giu;
const operatorAtEnd = /(?<=^|\s)(from|in|before|after|has):("[^"]*|\S*)$/iu;

/** Takes the text of the search field apart. */
export function parseSearch(text: string): SearchInput {
  const operators = [...text.matchAll(operatorPattern)].map(([, name = "", quoted, plain]) => ({
    name: name.toLowerCase() as SearchOperator,
    value: (quoted ?? plain ?? "").trim(),
  }));
  return { words: text.replaceAll(operatorPattern, " ").replaceAll(/\s+/g, " ").trim(), operators };
}

/** Returns the operator at the end of a text and the part of its value that was typed. */
export function operatorBefore(
  text: string,
): { readonly from: number; readonly name: SearchOperator; readonly typed: string } | undefined {
  const match = operatorAtEnd.exec(text);
  const [, name, value = ""] = match ?? [];
  if (!match || name === undefined) return undefined;
  return { from: match.index, name: name.toLowerCase() as SearchOperator, typed: value.replace(/^"/, "") };
}

/** Formats an operator with its value for the search field. */
export const formatOperator = (name: SearchOperator, value: string): string =>
  `${name}:${/\s/.test(value) ? `"${value}"` : value}`;

/** Formats a day as `parseDay` reads it. */
export function isoDay(at: number): string {
  const date = new Date(at);
  const [month, day] = [date.getMonth() + 1, date.getDate()].map((part) => String(part).padStart(2, "0"));
  return `${date.getFullYear()}-${month}-${day}`;
}

/** Returns the start of a day such as `2026-01-31` or `31.1.2026` in Unix ms, in the local time zone. */
export function parseDay(text: string): number | undefined {
  const [, y, m, d] = /^(\d{4})-(\d{1,2})-(\d{1,2})$/.exec(text) ?? [];
  const [, day, month, year] = /^(\d{1,2})\.(\d{1,2})\.(\d{4})$/.exec(text) ?? [];
  const parts = [y ?? year, m ?? month, d ?? day].map(Number);
  const [years = 0, months = 0, days = 0] = parts;
  const date = new Date(years, months - 1, days);
  const isReal =
    date.getFullYear() === years && date.getMonth() === months - 1 && date.getDate() === days && days > 0;
  return isReal ? date.getTime() : undefined;
}
