/**
 * Maximum nesting depth of arrays and objects that {@link parseStrictJson} accepts; the same as in the
 * reference server.
 */
export const maxJsonDepth = 127;
/** Limit of the integers in non-integer notation, each of which costs as much as about a hundred characters. */
const maxOddIntegers = 100_000;

const fractionOrExponent = /[:[,]\s*-?\d+(?:\.|[eE])|[:[,]\s*-0/;
const surrogateEscape = /\\u[dD][89a-fA-F]/;
/** The value of a field or element that may be an integer in non-integer notation. */
const oddNumber = /(?<=[\s:,[]|^)(?:-0|-?(?:0|[1-9]\d*)(?:\.0+|(?:\.\d+)?[eE][-+]?\d+))(?=\s*(?:[,\]}]|$))/g;

/**
 * Prefix of the strings that replace integers in non-integer notation for the time of parsing. No peer can
 * send such a string on purpose, because the prefix differs between processes.
 */
const oddIntegerMark = `\u{e000}${Math.random().toString(36)}:`;

/**
 * Parses JSON and preserves the difference between integers and other numbers, which `JSON.parse` loses.
 *
 * A number with an integral value in non-integer notation (`5.0`, `5e0`, `-0`) becomes a `Number` object: it
 * fails the validation as an integer, and `JSON.stringify` writes its value. The cost is linear in the length
 * of the text; a reviver, to which the engine passes the source of each number, costs about ten times as much.
 *
 * @throws SyntaxError for invalid JSON, a lone surrogate, nesting deeper than {@link maxJsonDepth}, or more than
 *   100 000 integers in non-integer notation.
 */
export function parseStrictJson(text: string): unknown {
  if (isTooDeep(text)) throw new SyntaxError(`nested deeper than ${maxJsonDepth}`);
  const marked = fractionOrExponent.test(text) ? markOddIntegers(text) : text;
  const value: unknown = JSON.parse(marked);
  return marked !== text || surrogateEscape.test(text) ? checkStrings(value) : value;
}

const quote = 0x22;
const backslash = 0x5c;

/** Counts brackets outside strings. Skips strings with `indexOf`, because they are most of a large packet. */
function isTooDeep(text: string): boolean {
  if (text.length <= 2 * maxJsonDepth) return false;
  let depth = 0;
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code === quote) {
      index = endOfString(text, index);
      if (index < 0) return false;
      // `[` and `{` differ only in bit 0x20, and so do `]` and `}`.
    } else if ((code | 0x20) === 0x7b) {
      if (++depth > maxJsonDepth) return true;
    } else if ((code | 0x20) === 0x7d) {
      depth--;
    }
  }
  return false;
}

function endOfString(text: string, start: number): number {
  for (let end = text.indexOf('"', start + 1); end >= 0; end = text.indexOf('"', end + 1)) {
    let escapes = 0;
    while (text.charCodeAt(end - 1 - escapes) === backslash) escapes++;
    if (escapes % 2 === 0) return end;
  }
  return -1;
}

/** Replaces integers in non-integer notation by marked strings; the text stays invalid if it was. */
function markOddIntegers(text: string): string {
  let marked = "";
  let copied = 0;
  let count = 0;
  let opening = text.indexOf('"');
  oddNumber.lastIndex = 0;
  for (let match = oddNumber.exec(text); match; match = oddNumber.exec(text)) {
    const [source] = match;
    let closing = opening;
    while (opening >= 0 && opening < match.index) {
      closing = endOfString(text, opening);
      // An unterminated string: the parser rejects the text.
      if (closing < 0) return text;
      opening = text.indexOf('"', closing + 1);
    }
    // The match is part of a string, which may have more of them.
    if (closing > match.index) oddNumber.lastIndex = closing + 1;
    else if (Number.isInteger(Number(source))) {
      if (++count > maxOddIntegers) throw new SyntaxError("too many integers in non-integer notation");
      marked += `${text.slice(copied, match.index)}"${oddIntegerMark}${source}"`;
      copied = match.index + source.length;
    }
  }
  return copied === 0 ? text : marked + text.slice(copied);
}

/** Turns marked strings into `Number` objects, and rejects lone surrogates in strings and keys. */
function checkStrings(value: unknown): unknown {
  if (typeof value === "string") {
    if (value.startsWith(oddIntegerMark)) return Object(Number(value.slice(oddIntegerMark.length)));
    requireWellFormed(value);
  } else if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index++) value[index] = checkStrings(value[index]);
  } else if (typeof value === "object" && value !== null) {
    for (const [key, entry] of Object.entries(value)) {
      requireWellFormed(key);
      const checked = checkStrings(entry);
      // Define, because assigning to a key named `__proto__` would replace the prototype.
      if (checked !== entry) Object.defineProperty(value, key, { value: checked });
    }
  }
  return value;
}

function requireWellFormed(text: string): void {
  if (!text.isWellFormed()) throw new SyntaxError("lone surrogate in a string");
}
