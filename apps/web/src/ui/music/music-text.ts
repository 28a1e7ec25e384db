import { interpolate, type Values } from "../../texts/interpolate.ts";
import { de, en } from "../../texts/music-texts.ts";
import { currentLanguage, pageLanguage, pluralOf } from "../../texts/texts.svelte.ts";

type Key = keyof typeof en;
type PluralKey = { [Name in Key]: Name extends `${infer Start}.other` ? Start : never }[Key];

/** Returns a text of the music panel or the library in the language of the page. */
export const mt = (key: Key, values?: Values): string =>
  interpolate((pageLanguage() === "de" ? de : en)[key], values);

/** Returns the plural form of such a text for a number. */
export const mtn = (key: PluralKey, count: number): string =>
  mt(`${key}.${pluralOf(count)}`, { count: count.toLocaleString(currentLanguage()) });
