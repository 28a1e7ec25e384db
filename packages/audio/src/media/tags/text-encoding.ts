/** Encodings of old tags that declare none, or Latin-1 for all of them, by the labels of `TextDecoder`. */
export type TextEncoding = "utf-8" | "windows-1252" | "windows-1251" | "gbk" | "shift_jis";

/** Returns the text; undefined if the bytes are not valid in this encoding. */
function decode(label: TextEncoding, bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder(label, { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

/** Runs of bytes above ASCII, with the bytes around them. */
const highRuns = /(^|[\0-\x7f])([\x80-\xff]+)(?=([\0-\x7f]?))/g;
const westernCharacters = /^[\x80\x85\x8a\x8c\x8e\x91-\x97\x99\x9a\x9c\x9e-\xff]+$/;
const asciiLetter = /[A-Za-z]/;

/** Returns how well bytes fit Western European text: accented letters that are single, or beside others. */
function fitWestern(bytes: Uint8Array): number {
  let [fitting, all] = [0, 0];
  for (const [, before = "", run = "", after = ""] of Buffer.from(bytes)
    .toString("latin1")
    .matchAll(highRuns)) {
    const isInWord = asciiLetter.test(before) || asciiLetter.test(after);
    const fits = run.length === 1 || (run.length === 2 && isInWord);
    all += run.length;
    if (fits && westernCharacters.test(run)) fitting += run.length;
  }
  return all === 0 ? 1 : fitting / all;
}

const cyrillicWord = /[\u0400-\u04ff]+/g;
const usualCase = /^(?:[А-ЯЁІЇЄҐ]?[а-яёіїєґ]*|[А-ЯЁІЇЄҐ]+)$/;
const vowel = /[аеёиоуыэюяіїє]/i;
const vowelsOnly = /^[аеёиоуыэюяіїє]{3,}$/i;

/** Returns how well bytes fit Russian and Ukrainian words. */
function fitCyrillic(bytes: Uint8Array): number {
  const text = decode("windows-1251", bytes);
  if (text === undefined) return 0;
  const others = text.replace(cyrillicWord, "").match(/[^\0-\x7f]/g)?.length ?? 0;
  // Quotes, dashes and the numero sign belong to the text, other signs do not.
  const signs = text.match(/[«»„“”’–—…№]/g)?.length ?? 0;
  let [fitting, all] = [signs / 2, others];
  for (const [word] of text.matchAll(cyrillicWord)) {
    const isWord = vowel.test(word) && !/^[ЬЪЫ]/i.test(word);
    const isUsual = usualCase.test(word) && !vowelsOnly.test(word);
    fitting += word.length * (isUsual ? (isWord ? 1 : 0.6) : 0.1);
    all += word.length;
  }
  return all === 0 ? 0 : fitting / all;
}

/** Weight of a character by its two bytes: how usual it is. */
type Weight = (lead: number, trail: number) => number;

/** GBK: the common characters of GB 2312 come first, sorted by sound; the extensions are rare. */
const weighChinese: Weight = (lead, trail) => {
  if (trail < 0xa1 || lead < 0xa1) return 0.1;
  if (lead >= 0xb0 && lead <= 0xd7) return 0.95;
  return lead <= 0xa3 ? 0.7 : 0.4;
};

/** Shift-JIS: kana and punctuation, then the common characters of JIS X 0208. */
const weighJapanese: Weight = (lead, trail) => {
  if ((lead === 0x82 && trail >= 0x9f) || (lead === 0x83 && trail <= 0x96)) return 1;
  if (lead <= 0x84) return 0.8;
  return lead >= 0x88 && lead < 0x98 ? 0.9 : 0.3;
};

/** Returns how usual the double-byte characters are. */
function fitDoubleByte(label: "gbk" | "shift_jis", bytes: Uint8Array): number {
  if (decode(label, bytes) === undefined) return 0;
  const weigh = label === "gbk" ? weighChinese : weighJapanese;
  let [fitting, all] = [0, 0];
  for (let at = 0; at < bytes.length; at++) {
    const lead = bytes[at] ?? 0;
    if (lead < 0x80) continue;
    all++;
    // Half-width katakana are single bytes.
    if (label === "shift_jis" && lead >= 0xa0 && lead <= 0xdf) continue;
    fitting += weigh(lead, bytes[++at] ?? 0);
  }
  return all === 0 ? 0 : fitting / all;
}

/** Share of Western letters from which on no other encoding is considered. */
const westernShare = 0.75;
/** Fit below which an encoding is not assumed. */
const minFit = 0.5;

/**
 * Detects the encoding of texts that belong together, such as the fields of a tag. UTF-8 is recognised with
 * certainty; Western text, Cyrillic, Chinese (GBK) and Japanese (Shift-JIS) by how usual their letters are.
 */
export function detectEncoding(texts: readonly Uint8Array[]): TextEncoding {
  // Separated by zeros, which no character of these encodings contains.
  const bytes = Buffer.concat(texts.flatMap((text) => [text, Buffer.from([0])]));
  if (!bytes.some((byte) => byte >= 0x80)) return "windows-1252";
  if (decode("utf-8", bytes) !== undefined) return "utf-8";
  if (fitWestern(bytes) >= westernShare) return "windows-1252";
  const fits: readonly (readonly [TextEncoding, number])[] = [
    ["windows-1251", fitCyrillic(bytes)],
    ["gbk", fitDoubleByte("gbk", bytes)],
    ["shift_jis", fitDoubleByte("shift_jis", bytes)],
  ];
  const [label, fit] = fits.reduce((best, next) => (next[1] > best[1] ? next : best));
  return fit >= minFit ? label : "windows-1252";
}

/**
 * Decodes a text that declares no encoding.
 *
 * @param others - Texts of the same origin, which help to detect the encoding if the text is not UTF-8.
 */
export function decodeText(bytes: Uint8Array, others: readonly Uint8Array[] = []): string {
  const own = detectEncoding([bytes]);
  return new TextDecoder(own === "utf-8" ? own : detectEncoding([bytes, ...others])).decode(bytes);
}
