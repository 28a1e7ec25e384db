/** Letters of scripts that write words without spaces between them, or add endings to any word. */
const unspaced = ["Hani", "Hira", "Kana", "Hang", "Thai", "Laoo", "Khmr", "Mymr"]
  .map((script) => `\\p{scx=${script}}`)
  .join("");

/** Pattern of a character after which no link and no mention begins: it is part of the same word. */
export const sameWordCharacter = `(?![${unspaced}])[\\p{L}\\p{N}_]`;
