import { type EmojiTable, parseEmojiTable } from "../lib/emoji/emoji.ts";
import { currentLanguage } from "./texts.svelte.ts";

const sources = {
  en: () => import("virtual:emoji-en"),
  de: () => import("virtual:emoji-de"),
};

const tables = new Map<keyof typeof sources, Promise<EmojiTable>>();

/** Returns all emoji with names in the user's language. They are loaded on first use. */
export function loadEmoji(): Promise<EmojiTable> {
  const language = currentLanguage().startsWith("de") ? "de" : "en";
  const known = tables.get(language);
  if (known !== undefined) return known;
  const table = sources[language]().then(({ default: text }) => parseEmojiTable(text));
  tables.set(language, table);
  table.catch(() => tables.delete(language));
  return table;
}
