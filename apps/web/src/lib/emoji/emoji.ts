/** Emoji of the Unicode standard. */
export interface UnicodeEmoji {
  /** Sequence without a skin tone. */
  readonly character: string;
  /** Sequence with a placeholder for each skin tone. */
  readonly template: string;
  readonly name: string;
  /** Names for completion, such as `smile`. */
  readonly shortcodes: readonly string[];
  /** Words of the name, and all words, each after a space. */
  readonly search: { readonly name: string; readonly all: string };
}

/** Emoji of one category. */
interface EmojiGroup {
  readonly name: string;
  readonly list: readonly UnicodeEmoji[];
}

/** All emoji, with names in one language. */
export interface EmojiTable {
  readonly groups: readonly EmojiGroup[];
  readonly all: readonly UnicodeEmoji[];
  readonly byCharacter: ReadonlyMap<string, UnicodeEmoji>;
  /** Names of the skin tones 1 to 5. */
  readonly toneNames: readonly string[];
}

/** Skin tone: 0 for none, 1 (light) to 5 (dark). */
export type SkinTone = 0 | 1 | 2 | 3 | 4 | 5;

const firstTone = 0x1f3fb;

const applyTone = (template: string, tone: SkinTone): string =>
  tone === 0
    ? template.replaceAll("~", "").replaceAll("^", "\u{fe0f}")
    : template.replaceAll(/[~^]/g, String.fromCodePoint(firstTone + tone - 1));

/** Returns an emoji in a skin tone, if it has any. */
export const withTone = ({ template }: Pick<UnicodeEmoji, "template">, tone: SkinTone): string =>
  applyTone(template, tone);

/** Returns the words of a text in lower case and without accents, each after a space. */
const fold = (text: string): string =>
  ` ${text
    .toLowerCase()
    .normalize("NFD")
    .replaceAll(/\p{M}/gu, "")
    .replaceAll(/[^\p{L}\p{N}+]+/gu, " ")
    .trim()}`;

function parseEmoji(line: string): UnicodeEmoji {
  const [template = "", name = "", codes = "", keywords = ""] = line.split("\t");
  const search = { name: fold(name), all: fold(`${name} ${codes} ${keywords}`) };
  return { character: applyTone(template, 0), template, name, shortcodes: codes.split(" "), search };
}

/** Parses the text that `emojiTable` makes when the client is built. */
export function parseEmojiTable(text: string): EmojiTable {
  const [tones = "", ...parts] = text.split("\n\n");
  const groups = parts.map((part) => {
    const [name = "", ...lines] = part.split("\n");
    return { name, list: lines.map(parseEmoji) };
  });
  const all = groups.flatMap(({ list }) => list);
  const byCharacter = new Map(all.map((emoji) => [emoji.character, emoji]));
  return { groups, all, byCharacter, toneNames: tones.split("\t") };
}

/**
 * Returns the emoji that have a word for each word of the query, which can be incomplete. Those whose short code
 * matches come first, then those whose name does.
 */
export function findEmoji({ all }: EmojiTable, query: string): readonly UnicodeEmoji[] {
  const words = fold(query).split(" ").slice(1);
  const code = query.trim().toLowerCase().replaceAll(/\s+/g, "_");
  const ranks: UnicodeEmoji[][] = [[], [], [], []];
  const matches = (text: string): boolean => words.every((word) => text.includes(` ${word}`));
  for (const emoji of all) {
    if (!matches(emoji.search.all)) continue;
    const isCode = emoji.shortcodes.some((one) => one.startsWith(code));
    const rank = emoji.shortcodes.includes(code) ? 0 : isCode ? 1 : matches(emoji.search.name) ? 2 : 3;
    ranks[rank]?.push(emoji);
  }
  return ranks.flat();
}
