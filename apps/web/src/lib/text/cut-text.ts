/** Lines of a message that are displayed at first. */
const maxLines = 30;

const graphemes = new Intl.Segmenter();
/** Part of the text that is searched for the start of a grapheme, in UTF-16 code units. */
const searchLength = 100;

/** Returns the start of a text, without cutting through a character such as a flag or a family. */
export function cutText(text: string, maxCharacters: number): string {
  if (text.length <= maxCharacters) return text;
  const from = Math.max(0, maxCharacters - searchLength);
  const part = graphemes.segment(text.slice(from, maxCharacters + searchLength));
  return text.slice(0, from + (part.containing(maxCharacters - from)?.index ?? 0));
}

/** Returns the part of a long message that is displayed at first: its first lines. */
export function collapseText(text: string, maxCharacters: number): string {
  let end = -1;
  for (let line = 0; line < maxLines; line++) {
    end = text.indexOf("\n", end + 1);
    if (end < 0) return cutText(text, maxCharacters);
  }
  // A few lines more are not worth a button.
  const hasFewMore = text.slice(end + 1).split("\n", 6).length <= 5;
  return cutText(hasFewMore ? text : text.slice(0, end), maxCharacters);
}
