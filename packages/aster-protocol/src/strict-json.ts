/**
 * Maximum nesting depth of arrays and objects that {@link parseStrictJson} accepts; the same as in the
 * reference server.
 */
export const maxJsonDepth = 127;

const fractionOrExponent = /[:[,]\s*-?\d+(?:\.|[eE])|[:[,]\s*-0/;
const surrogateEscape = /\\u[dD][89a-fA-F]/;
const integerSource = /^(?:-?[1-9]\d*|0)$/;

/**
 * Parses JSON and preserves the difference between integers and other numbers, which `JSON.parse` loses.
 *
 * A number with an integral value in non-integer notation (`5.0`, `5e0`, `-0`) becomes a `Number` object: it
 * fails the validation as an integer, and `JSON.stringify` writes its value.
 *
 * @throws SyntaxError for invalid JSON, a lone surrogate, or nesting deeper than {@link maxJsonDepth}.
 */
export function parseStrictJson(text: string): unknown {
  if (isTooDeep(text)) throw new SyntaxError(`nested deeper than ${maxJsonDepth}`);
  // Both patterns may match inside a string. That only costs time, because the reviver checks each value.
  const hasOddNumbers = fractionOrExponent.test(text);
  const hasSurrogates = surrogateEscape.test(text);
  if (!hasOddNumbers && !hasSurrogates) return JSON.parse(text);
  return JSON.parse(text, (key, value: unknown, context?: { source?: string }) => {
    if (!key.isWellFormed() || (typeof value === "string" && !value.isWellFormed())) {
      throw new SyntaxError("lone surrogate in a string");
    }
    if (typeof value === "number" && Number.isInteger(value)) {
      return integerSource.test(context?.source ?? "") ? value : Object(value);
    }
    return value;
  });
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
