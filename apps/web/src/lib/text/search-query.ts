/** Operators of the search field, such as `from:ann` or `in:"two words"`. */
type SearchOperator = "from" | "in" | "before" | "after" | "has";

/** Text of the search field, taken apart. */
interface SearchInput {
  /** The text without operators. */
  readonly words: string;
  readonly operators: readonly {
    /** Name as it was typed. */
    readonly word: string;
    readonly name: SearchOperator;
    readonly value: string;
  }[];
}

/** Names of the operators in English and German. All are understood in either language. */
const operatorNames: { readonly [word: string]: SearchOperator } = {
  from: "from",
  von: "from",
  in: "in",
  before: "before",
  vor: "before",
  after: "after",
  ab: "after",
  has: "has",
  hat: "has",
};
const anyName = Object.keys(operatorNames).join("|");
const operatorPattern = new RegExp(`(?<=^|\\s)(${anyName}):(?:"([^"]*)"?|(\\S*))`, "giu");
const operatorAtEnd = new RegExp(`(?<=^|\\s)(${anyName}):("[^"]*|\\S*)$`, "iu");

const operatorOf = (word: string): SearchOperator => operatorNames[word.toLowerCase()] ?? "in";

/** Takes the text of the search field apart. */
export function parseSearch(text: string): SearchInput {
  const operators = [...text.matchAll(operatorPattern)].map(([, word = "", quoted, plain]) => ({
    word,
    name: operatorOf(word),
    value: (quoted ?? plain ?? "").trim(),
  }));
  return { words: text.replaceAll(operatorPattern, " ").replaceAll(/\s+/g, " ").trim(), operators };
}

/** Operator at the end of a text, whose value is being typed. */
interface TypedOperator {
  readonly from: number;
  readonly word: string;
  readonly name: SearchOperator;
  /** The part of its value that was typed. */
  readonly typed: string;
}

/** Returns the operator at the end of a text. */
export function operatorBefore(text: string): TypedOperator | undefined {
  const match = operatorAtEnd.exec(text);
  const [, word, value = ""] = match ?? [];
  if (!match || word === undefined) return undefined;
  return { from: match.index, word, name: operatorOf(word), typed: value.replace(/^"/, "") };
}

/** Formats an operator with its value for the search field. */
export const formatOperator = (word: string, value: string): string =>
  `${word}:${/\s/.test(value) ? `"${value}"` : value}`;

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
