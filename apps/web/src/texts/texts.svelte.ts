import { en, type Texts } from "./en.ts";
import { interpolate, type Values } from "./interpolate.ts";

/** Available languages. */
export type Language = "en" | "de";

type PluralKey = {
  [Key in keyof Texts]: Key extends `${infer Name}.other` ? Name : never;
}[keyof Texts];

let english: Partial<Texts> = en;
let texts: Partial<Texts> = $state.raw(en);
let language: Language = $state.raw("en");

/** Returns a text in the user's language. */
export const t = (key: keyof Texts, values?: Values): string => interpolate(texts[key] ?? key, values);

/** Adds texts of a part of the page that is loaded on demand. The other languages are loaded as a whole. */
export function addEnglish(added: Partial<Texts>): void {
  english = { ...english, ...added };
  if (language === "en") texts = english;
}

/** Returns the plural form of a text for a number. */
export function tn(key: PluralKey, count: number, values?: Values): string {
  return t(`${key}.${pluralOf(count)}`, { count: count.toLocaleString(currentLanguage()), ...values });
}

/** Returns the plural form for a number in the language of the page. */
export const pluralOf = (count: number): "one" | "other" =>
  new Intl.PluralRules(language).select(count) === "one" ? "one" : "other";

/** Language of the page. */
export const pageLanguage = (): Language => language;

/** Returns the locale for dates and numbers, with the region if the browser has one. */
export const currentLanguage = (): string =>
  navigator.language.startsWith(language) ? navigator.language : language;

/** Changes the language. All languages but English are loaded on demand. */
export async function setLanguage(wanted: "auto" | Language): Promise<void> {
  const first = wanted === "auto" ? navigator.language.slice(0, 2) : wanted;
  const next: Language = first === "de" ? "de" : "en";
  texts = next === "de" ? (await import("./de.ts")).de : english;
  language = next;
  document.documentElement.lang = next;
}
