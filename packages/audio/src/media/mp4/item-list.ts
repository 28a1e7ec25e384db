import type { MediaLimits } from "../media-limits.ts";
import type { Artwork } from "../tags/artwork.ts";
import { pictureField } from "../tags/tags.ts";
import { boxes, findBox, readNumber } from "./boxes.ts";

const names: Readonly<Record<string, string>> = {
  "\u00a9nam": "TITLE",
  "\u00a9ART": "ARTIST",
  aART: "ALBUMARTIST",
  "\u00a9alb": "ALBUM",
  "\u00a9lyr": "LYRICS",
};
/** Items with two zero bytes, a number and the number of all, each of 16 bits. */
const numberNames: Readonly<Record<string, string>> = { trkn: "TRACKNUMBER", disk: "DISCNUMBER" };
const pngType = 14;

function itemsOf(moov: Buffer): Buffer {
  const meta = findBox(moov, "udta", "meta") ?? findBox(moov, "meta");
  // QuickTime omits the version field.
  const list = meta && (findBox(meta.subarray(4), "ilst") ?? findBox(meta, "ilst"));
  return list ?? Buffer.alloc(0);
}

/** Reads iTunes tags; names are those of Vorbis comments, or free-form names in upper case. */
export function readItems(moov: Buffer, limits: MediaLimits): ReadonlyMap<string, string> {
  const fields = new Map<string, string>();
  for (const { type, data } of boxes(itemsOf(moov))) {
    const value = findBox(data, "data");
    if (type === "covr" && value) fields.set(pictureField, "");
    const numberName = numberNames[type];
    if (numberName && value && value.length >= 12) fields.set(numberName, String(value.readUInt16BE(10)));
    const free = type === "----" ? findBox(data, "name")?.toString("utf8", 4).toUpperCase() : undefined;
    const name = names[type] ?? free;
    if (name && value && value.length - 8 <= limits.maxTagBytes && !fields.has(name))
      fields.set(name, value.toString("utf8", 8));
  }
  return fields;
}

/** Reads the first picture. */
export function readCover(moov: Buffer, limits: MediaLimits): Artwork | undefined {
  const value = findBox(itemsOf(moov), "covr", "data");
  if (!value || value.length <= 8 || value.length - 8 > limits.maxArtworkBytes) return undefined;
  const mimeType = readNumber(value, 0) === pngType ? "image/png" : "image/jpeg";
  return { mimeType, data: Uint8Array.from(value.subarray(8)) };
}
