import { englishEmoji, type UnicodeEmoji } from "../lib/emoji/emoji.ts";
import { en, type Texts } from "./en.ts";
import { fill, type Values } from "./interpolate.ts";

/** Languages that there are texts in. */
export type Language = "en" | "de";

type PluralKey = {
  [Key in keyof Texts]: Key extends `${infer Name}.other` ? Name : never;
}[keyof Texts];

let texts: Texts = $state.raw(en);
let emoji: readonly UnicodeEmoji[] = $state.raw(englishEmoji);
let language: Language = $state.raw("en");

/** A text of the page in the reader's language. */
export const t = (key: keyof Texts, values?: Values): string => fill(texts[key], values);

/** A text with a number in it. */
export function tn(key: PluralKey, count: number, values?: Values): string {
  const form = new Intl.PluralRules(language).select(count) === "one" ? "one" : "other";
  return fill(texts[`${key}.${form}`], { count: count.toLocaleString(currentLanguage()), ...values });
}

/** The reader's language for dates and numbers, with the region where the browser names one. */
export const currentLanguage = (): string =>
  navigator.language.startsWith(language) ? navigator.language : language;

/** The emoji to choose from, with words in the reader's language. */
export const emojiWithWords = (): readonly UnicodeEmoji[] => emoji;

/** Changes the language; all but English are fetched when they are needed. */
export async function setLanguage(wanted: "auto" | Language): Promise<void> {
  const first = wanted === "auto" ? navigator.language.slice(0, 2) : wanted;
  const next: Language = first === "de" ? "de" : "en";
  if (next === "de") {
    const [german, germanWords] = await Promise.all([import("./de.ts"), import("../lib/emoji/emoji-de.ts")]);
    texts = german.de;
    emoji = germanWords.germanEmoji;
  } else {
    texts = en;
    emoji = englishEmoji;
  }
  language = next;
  document.documentElement.lang = next;
}
