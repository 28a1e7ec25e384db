import germanData from "emojibase-data/de/data.json" with { type: "json" };
import germanMessages from "emojibase-data/de/messages.json" with { type: "json" };
import englishData from "emojibase-data/en/data.json" with { type: "json" };
import englishMessages from "emojibase-data/en/messages.json" with { type: "json" };
import iamcalShortcodes from "emojibase-data/en/shortcodes/iamcal.json" with { type: "json" };

type EmojiData = (typeof englishData)[number];

/** Short codes by code points. They are those of Slack and Discord. */
const shortcodes: { readonly [hexcode: string]: string | readonly string[] } = iamcalShortcodes;

/** Newest version of the emoji standard that fonts of current systems contain. */
const maxVersion = 16;
/** Group of the skin tones, which are not emoji of their own. */
const componentGroup = 2;

const sources = {
  en: { data: englishData, messages: englishMessages },
  de: { data: germanData, messages: germanMessages },
} as const;

const isListed = ({ group, version }: EmojiData): boolean =>
  group !== undefined && group !== componentGroup && version <= maxVersion;

/** Returns the fully qualified sequence. The data has presentation selectors where the standard has none. */
const characterOf = ({ emoji, hexcode, type }: EmojiData): string =>
  hexcode.includes("-")
    ? emoji
    : String.fromCodePoint(Number.parseInt(hexcode, 16)) + (type === 1 ? "" : "\u{fe0f}");

/**
 * Returns the sequence with a placeholder for each skin tone: `~`, or `^` if the plain sequence has a presentation
 * selector in its place.
 */
function templateOf(entry: EmojiData): string {
  const plain = characterOf(entry);
  const light = entry.skins?.find(({ tone }) => [tone].flat().every((one) => one === 1))?.emoji;
  if (light === undefined) return plain;
  let template = "";
  for (const character of light) {
    const isTone = character === "\u{1f3fb}";
    if (!isTone) template += character;
    else template += plain.startsWith(plainOf(`${template}^`)) ? "^" : "~";
  }
  if (plainOf(template) !== plain) throw new Error(`no template for the skin tones of ${entry.label}`);
  return template;
}

const plainOf = (template: string): string => template.replaceAll("~", "").replaceAll("^", "\u{fe0f}");

const wordsOf = (text: string): readonly string[] => text.toLowerCase().split(/[\s_:,.()“”-]+/);

/** Returns the keywords that neither the name nor the short codes contain. */
function keywordsOf({ label, tags = [] }: EmojiData, codes: readonly string[]): string {
  const known = new Set([label, ...codes].flatMap(wordsOf));
  return [...new Set(tags.flatMap(wordsOf))].filter((word) => !known.has(word)).join(" ");
}

const capitalized = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/**
 * Returns the emoji of a language as a text that compresses well, in the order of the standard. The first line
 * has the names of the skin tones. Groups follow after empty lines: a line with the name, then a line for each emoji
 * with its template, name, short codes and further keywords, separated by tabs.
 */
export function emojiTable(language: keyof typeof sources): string {
  const { data, messages } = sources[language];
  // The skin tones have no names of their own, other than in the names of emoji, such as `ear: dark skin tone`.
  const ears = data.find(({ hexcode }) => hexcode === "1F442")?.skins ?? [];
  const tones = ears.map(({ label }) => label.slice(label.indexOf(": ") + 2));
  const groups = messages.groups
    .filter(({ order }) => order !== componentGroup)
    .map(({ message, order: group }) => {
      const entries = data.filter((entry) => entry.group === group && isListed(entry));
      const lines = entries
        .toSorted((one, other) => (one.order ?? 0) - (other.order ?? 0))
        .map((entry) => {
          const codes = [shortcodes[entry.hexcode] ?? []].flat();
          return [templateOf(entry), entry.label, codes.join(" "), keywordsOf(entry, codes)].join("\t");
        });
      return [capitalized(message), ...lines].join("\n");
    });
  return [tones.map(capitalized).join("\t"), ...groups].join("\n\n");
}
