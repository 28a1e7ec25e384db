/** Parses an attribute list (RFC 8216, section 4.2). Quotes are removed; of equal names the first counts. */
export function parseAttributes(text: string): ReadonlyMap<string, string> {
  const attributes = new Map<string, string>();
  for (let at = 0; at < text.length; ) {
    const equals = text.indexOf("=", at);
    if (equals < 0) break;
    const name = text.slice(at, equals).trim();
    const isQuoted = text[equals + 1] === '"';
    const from = equals + (isQuoted ? 2 : 1);
    const end = text.indexOf(isQuoted ? '"' : ",", from);
    const value = text.slice(from, end < 0 ? text.length : end);
    if (!attributes.has(name)) attributes.set(name, isQuoted ? value : value.trim());
    const comma = isQuoted && end >= 0 ? text.indexOf(",", end) : end;
    at = comma < 0 ? text.length : comma + 1;
  }
  return attributes;
}

/** Parses a decimal integer; returns undefined if it is none or exceeds 2^53. */
export function parseInteger(text: string | undefined): number | undefined {
  const value = text !== undefined && /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
  return Number.isSafeInteger(value) ? value : undefined;
}
