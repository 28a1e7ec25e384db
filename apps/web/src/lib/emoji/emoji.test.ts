import englishData from "emojibase-data/en/data.json" with { type: "json" };
import { describe, expect, it } from "vitest";
import { emojiTable } from "../../../server/emoji-table.ts";
import { memoryStorage } from "../storage/memory-storage.test-support.ts";
import { findEmoji, parseEmojiTable, type SkinTone, withTone } from "./emoji.ts";
import { isEmojiOnly } from "./emoji-only.ts";
import { gridStep } from "./grid-step.ts";
import { RecentEmoji } from "./recent-emoji.ts";

const texts = { en: emojiTable("en"), de: emojiTable("de") };
const english = parseEmojiTable(texts.en);
const german = parseEmojiTable(texts.de);

async function compressedSize(text: string): Promise<number> {
  const stream = new Blob([text]).stream().pipeThrough(new CompressionStream("gzip"));
  return (await new Response(stream).arrayBuffer()).byteLength;
}

describe("table", () => {
  it("has each emoji of the standard once, in all languages, in at most 60 kB", async () => {
    expect(english.all.length).toBeGreaterThan(1900);
    expect(english.byCharacter.size).toBe(english.all.length);
    expect(german.all.map(({ template }) => template)).toEqual(english.all.map(({ template }) => template));
    expect(english.groups).toHaveLength(9);
    for (const { character, name, shortcodes } of [...english.all, ...german.all]) {
      expect(character).toMatch(/^\p{RGI_Emoji}$/v);
      expect([name, shortcodes]).toEqual([
        expect.stringMatching(/./),
        expect.arrayContaining([expect.stringMatching(/./)]),
      ]);
    }
    for (const text of Object.values(texts)) expect(await compressedSize(text)).toBeLessThanOrEqual(60_000);
  });

  it("has the sequences of all skin tones", () => {
    const withSkins = englishData.filter(({ group, skins }) => group !== undefined && group !== 2 && skins);
    expect(withSkins.length).toBeGreaterThan(300);
    let count = 0;
    for (const { label, skins = [] } of withSkins) {
      const emoji = english.all.find(({ name }) => name === label);
      if (!emoji) continue;
      for (const skin of skins) {
        const [tone = 0, ...others] = new Set([skin.tone ?? 0].flat());
        if (others.length > 0) continue;
        expect(withTone(emoji, tone as SkinTone)).toBe(skin.emoji);
        count++;
      }
    }
    expect(count).toBe(english.all.filter(({ template }) => /[~^]/.test(template)).length * 5);
    expect(german.toneNames).toEqual([
      "Helle Hautfarbe",
      "Mittelhelle Hautfarbe",
      "Mittlere Hautfarbe",
      "Mitteldunkle Hautfarbe",
      "Dunkle Hautfarbe",
    ]);
  });
});

it.each([
  ["guit", english, ["🎸"]],
  ["Gitar", german, ["🎸"]],
  // Short code, then name, then keyword.
  ["tada", english, ["🎉"]],
  ["smile", english, ["😄", "😃", "😺"]],
  ["+1", english, ["👍"]],
  ["thumbs_up", english, ["👍"]],
  ["Daumen hoch", german, ["👍"]],
  ["flag germ", english, ["🇩🇪"]],
  ["bar", german, ["💈"]],
  ["no such thing", english, []],
])("finds %j", (query, table, expected) => {
  const found = findEmoji(table, query).map(({ character }) => character);
  expect(found.slice(0, Math.max(expected.length, 1))).toEqual(expected);
});

it("recognizes texts of few emoji", () => {
  for (const { character, template } of english.all) {
    expect(isEmojiOnly(character)).toBe(true);
    expect(isEmojiOnly(withTone({ template }, 3).repeat(6))).toBe(true);
  }
  for (const text of ["", "1", "#", "a", "😀 a", "1️⃣ 2", "🇩", "😀".repeat(7), "👨‍👩‍👧‍👦".repeat(7)]) {
    expect([text, isEmojiOnly(text)]).toEqual([text, false]);
  }
});

it("moves through sections by rows and columns", () => {
  // Columns: 0 1 2 / 3 4 | 0 | 0 1 2 / 3
  const lengths = [5, 1, 4];
  const path = (section: number, index: number, keys: string) =>
    keys.split(" ").reduce<readonly [number, number] | undefined>(
      (at, key) => {
        const next = at && gridStep(lengths, { section: at[0], index: at[1] }, key, 3);
        return next && [next.section, next.index];
      },
      [section, index],
    );
  expect(path(0, 2, "ArrowDown")).toEqual([0, 4]);
  expect(path(0, 4, "ArrowDown")).toEqual([1, 0]);
  expect(path(1, 0, "ArrowDown ArrowRight ArrowRight ArrowDown")).toEqual([2, 3]);
  expect(path(2, 3, "ArrowDown ArrowRight")).toEqual([2, 3]);
  expect(path(2, 1, "ArrowUp ArrowUp")).toEqual([0, 3]);
  expect(path(0, 4, "ArrowRight ArrowRight ArrowLeft ArrowLeft")).toEqual([0, 4]);
  expect(path(0, 1, "ArrowUp")).toBeUndefined();
  expect(path(0, 0, "ArrowLeft")).toBeUndefined();
  expect(path(0, 3, "PageDown PageDown PageDown")).toEqual([2, 3]);
  expect(path(2, 2, "PageUp PageUp")).toEqual([1, 0]);
  expect(path(1, 0, "End Home")).toEqual([0, 0]);
  expect(path(0, 0, "x")).toBeUndefined();
});

it("remembers what was picked last, each once", () => {
  const storage = memoryStorage();
  const recent = new RecentEmoji(storage);
  for (let count = 0; count < 30; count++) recent.add(String(count));
  recent.add("20");
  expect(new RecentEmoji(storage).list().slice(0, 3)).toEqual(["20", "29", "28"]);
  expect(recent.list()).toHaveLength(24);
});
