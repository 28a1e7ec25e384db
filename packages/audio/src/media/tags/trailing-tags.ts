import type { ByteWindow } from "../byte-window.ts";
import type { MediaLimits } from "../media-limits.ts";
import type { Artwork } from "./artwork.ts";
import { mergeTags, noTags, pictureField, type Tags, tagsFrom } from "./tags.ts";
import { detectEncoding } from "./text-encoding.ts";
import { tagsFromUndeclared } from "./undeclared-fields.ts";

const id3v1Bytes = 128;
const apeFooterBytes = 32;

/** Field names of APE tags that differ from those of Vorbis comments. */
const apeNames: Readonly<Record<string, string>> = { "ALBUM ARTIST": "ALBUMARTIST" };
const coverName = /^COVER ART/;

/** Item of an APE tag. */
interface ApeItem {
  /** Name in upper case. */
  readonly name: string;
  readonly isText: boolean;
  readonly value: Buffer;
}

/** Reads the tags behind the frames of an mp3 or AAC file: APE, versions 1 and 2, then ID3v1. */
export async function readTrailingTags(window: ByteWindow, limits: MediaLimits): Promise<Tags> {
  if (window.size === null) return noTags;
  const old = await readId3v1(window, window.size);
  return mergeTags(apeTags((await readApe(window, limits.maxTagBytes)) ?? noApe), old ?? noTags);
}

/** Reads the first picture of the APE tag. */
export async function readTrailingArtwork(
  window: ByteWindow,
  limits: MediaLimits,
): Promise<Artwork | undefined> {
  const { items } = (await readApe(window, limits.maxArtworkBytes)) ?? noApe;
  for (const { name, isText, value } of items) {
    // A file name precedes the picture.
    const data = value.subarray(value.indexOf(0) + 1);
    if (!coverName.test(name) || isText || data.length === 0) continue;
    const mimeType = data.readUInt8(0) === 0x89 ? "image/png" : "image/jpeg";
    return { mimeType, data: new Uint8Array(data) };
  }
  return undefined;
}

interface ApeTag {
  /** Whether texts have an encoding that is not declared; since version 2 it is UTF-8. */
  readonly isLegacy: boolean;
  readonly items: readonly ApeItem[];
}

const noApe: ApeTag = { isLegacy: false, items: [] };

/** Reads the APE tag before the end, or before an ID3v1 tag; undefined if there is none or it is too long. */
async function readApe(window: ByteWindow, maxBytes: number): Promise<ApeTag | undefined> {
  for (const behind of [0, id3v1Bytes]) {
    const end = (window.size ?? 0) - behind;
    if (end < apeFooterBytes) return undefined;
    const footer = Buffer.from(await window.at(end - apeFooterBytes, apeFooterBytes));
    if (footer.toString("latin1", 0, 8) !== "APETAGEX") continue;
    const [version, bytes, count] = [
      footer.readUInt32LE(8),
      footer.readUInt32LE(12),
      footer.readUInt32LE(16),
    ];
    if (bytes < apeFooterBytes || bytes > end || bytes > maxBytes) return undefined;
    const content = Buffer.from(await window.at(end - bytes, bytes - apeFooterBytes));
    return { isLegacy: version < 2_000, items: readItems(content, count) };
  }
  return undefined;
}

function readItems(content: Buffer, count: number): ApeItem[] {
  const items: ApeItem[] = [];
  for (let at = 0; items.length < count && at + 9 < content.length; ) {
    const [bytes, flags] = [content.readUInt32LE(at), content.readUInt32LE(at + 4)];
    const nameEnd = content.indexOf(0, at + 8);
    if (nameEnd < 0 || nameEnd + 1 + bytes > content.length) break;
    const name = content.toString("latin1", at + 8, nameEnd).toUpperCase();
    at = nameEnd + 1 + bytes;
    items.push({ name, isText: (flags & 0x06) === 0, value: content.subarray(nameEnd + 1, at) });
  }
  return items;
}

function apeTags({ isLegacy, items }: ApeTag): Tags {
  const label = isLegacy ? detectEncoding(items.map(({ value }) => value)) : "utf-8";
  const fields = new Map<string, string>();
  for (const { name, isText, value } of items) {
    if (coverName.test(name) && !isText) fields.set(pictureField, "");
    // Several values are separated by zeros.
    if (isText)
      fields.set(apeNames[name] ?? name, new TextDecoder(label).decode(value).split("\0").join(", "));
  }
  return tagsFrom(fields);
}

/** Reads the ID3v1 tag, the last 128 bytes of a file. */
async function readId3v1(window: ByteWindow, size: number): Promise<Tags | undefined> {
  if (size < id3v1Bytes) return undefined;
  const bytes = Buffer.from(await window.at(size - id3v1Bytes, id3v1Bytes));
  if (bytes.toString("latin1", 0, 3) !== "TAG") return undefined;
  const field = (at: number): Buffer => {
    const text = bytes.subarray(at, at + 30);
    const end = text.indexOf(0);
    return end < 0 ? text : text.subarray(0, end);
  };
  return tagsFromUndeclared(
    new Map([
      ["TITLE", field(3)],
      ["ARTIST", field(33)],
      ["ALBUM", field(63)],
    ]),
  );
}
