import { expect, it } from "vitest";
import { detectEncoding, type TextEncoding } from "./text-encoding.ts";

/** Returns the bytes of each character of an encoding. */
function bytesByCharacter(label: TextEncoding): ReadonlyMap<string, readonly number[]> {
  const bytes = new Map<string, readonly number[]>();
  const decoder = new TextDecoder(label, { fatal: true });
  const add = (...code: number[]) => {
    try {
      const text = decoder.decode(Uint8Array.from(code));
      if ([...text].length === 1 && !bytes.has(text)) bytes.set(text, code);
    } catch {
      // The encoding has no such character.
    }
  };
  for (let first = 0; first < 256; first++) add(first);
  for (let first = 0x81; first < 256; first++)
    for (let second = 0x40; second < 256; second++) add(first, second);
  return bytes;
}

function encode(label: TextEncoding, text: string): Uint8Array {
  if (label === "utf-8") return Buffer.from(text);
  tables[label] ??= bytesByCharacter(label);
  const table = tables[label];
  return Uint8Array.from(
    [...text].flatMap((character) => {
      const bytes = table.get(character);
      if (!bytes) throw new Error(`${label} has no ${character}`);
      return bytes;
    }),
  );
}
const tables: Partial<Record<TextEncoding, ReadonlyMap<string, readonly number[]>>> = {};

const western = `
Café del Mar|Björk|Jóga|Sigur Rós|Ágætis byrjun|Góðan daginn|Beyoncé|Déjà Vu|Mötley Crüe|Motörhead|Édith Piaf|
Non, je ne regrette rien|L’été indien|Für Elise|Céline Dion|À contre-courant|Où es-tu|Ñengo Flow|¿Qué pasó?|Señorita|
São Paulo|Ça plane pour moi|“Heroes” – Live|Røyksopp|Håkan Hellström|Är du där?|Blümchen|Die Ärzte|Größenwahn|Zoë|
Noël à Paris|Así fue|Mañana|Queensrÿche|Å|Ö|The Æther|Coração|Não|Maná|«Élan»|Pokémon|Sinéad O’Connor|Où|Là-bas`;
const cyrillic = `
Группа крови|Кино|КИНО|Звезда по имени Солнце|Земфира|АЛИСА|ДДТ|Что такое осень|Ария|Сплин|Ночные снайперы|Мумий Тролль|
Владивосток 2000|Океан Ельзи|Обійми|Я так хочу|Любэ|Чиж & Co|Тату - Нас не догонят|Ленинград|Экспонат|Мельница|
«Наутилус Помпилиус»|Гражданская оборона|Всё идёт по плану|Пикник|Би-2|Мой рок-н-ролл|Сектор Газа|Король и Шут|Їжак`;
const chinese = `
周杰伦|七里香|青花瓷|邓丽君|月亮代表我的心|王菲|红豆|陈奕迅|十年|爱|朋友|张学友|吻别|刘德华|忘情水|孙燕姿|遇见|
稻香 (Live)|光辉岁月|海阔天空|甜蜜蜜|林俊杰|江南|那英|征服|老鼠爱大米|北京欢迎你|晴天|夜曲|双截棍|东风破`;
const japanese = `
宇多田ヒカル|First Love|椎名林檎|丸の内サディスティック|アルバム|さくら|千本桜|初音ミク|夜に駆ける|残酷な天使のテーゼ|
もののけ姫|久石譲|となりのトトロ|上を向いて歩こう|坂本九|日本|東京|花|愛をこめて花束を|紅|スピッツ|ロビンソン|
天体観測|米津玄師|君の名は。|新世紀エヴァンゲリオン|バンプ・オブ・チキン|海の声|涙そうそう|雪の華`;
const split = (list: string) => list.replaceAll("\n", "").split("|");

const cases: readonly (readonly [TextEncoding, string])[] = [
  ...split(western).map((text) => ["windows-1252", text] as const),
  ...split(cyrillic).map((text) => ["windows-1251", text] as const),
  ...split(chinese).map((text) => ["gbk", text] as const),
  ...split(japanese).map((text) => ["shift_jis", text] as const),
];
const isAscii = (text: string) => /^[\0-\x7f]*$/.test(text);

it.each(cases)("detects %s by a title alone: %s", (label, text) => {
  expect(new TextDecoder(detectEncoding([encode(label, text)])).decode(encode(label, text))).toBe(text);
});

it.each(cases)("detects UTF-8 instead of %s: %s", (_label, text) => {
  expect(detectEncoding([encode("utf-8", text)])).toBe(isAscii(text) ? "windows-1252" : "utf-8");
});

it.each(["windows-1252", "windows-1251", "gbk", "shift_jis"] as const)(
  "detects %s by two fields",
  (label) => {
    const texts = cases.filter(([each, text]) => each === label && !isAscii(text)).map(([, text]) => text);
    for (const artist of texts)
      for (const title of [...texts, "Live 1999"])
        expect([artist, title, detectEncoding([encode(label, artist), encode(label, title)])]).toEqual([
          artist,
          title,
          label,
        ]);
  },
);

it("does not fail on any bytes", () => {
  for (let first = 0; first < 256; first++)
    for (let second = 0; second < 256; second++) detectEncoding([Uint8Array.from([first, second])]);
  expect(detectEncoding([])).toBe("windows-1252");
  expect(detectEncoding([Uint8Array.from([0xb0, 0xb1, 0xb2, 0xb3])])).toBeTypeOf("string");
});
