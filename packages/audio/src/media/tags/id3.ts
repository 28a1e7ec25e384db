import type { ByteWindow } from "../byte-window.ts";
import type { MediaLimits } from "../media-limits.ts";
import type { Artwork } from "./artwork.ts";
import { pictureField, type Tags, tagsFrom } from "./tags.ts";
import { detectEncoding, type TextEncoding } from "./text-encoding.ts";

/** Length of a tag's header in bytes. */
export const id3HeaderBytes = 10;

const isPicture = (name: string): boolean => name === "APIC" || name === "PIC";

/** Vorbis comment names of ID3v2.2 frames (three letters) and ID3v2.3 and 2.4 frames (four letters). */
const names: Readonly<Record<string, string>> = {
  TT2: "TITLE",
  TP1: "ARTIST",
  TP2: "ALBUMARTIST",
  TAL: "ALBUM",
  TRC: "ISRC",
  TRK: "TRACKNUMBER",
  TPA: "DISCNUMBER",
  ULT: "LYRICS",
  TIT2: "TITLE",
  TPE1: "ARTIST",
  TPE2: "ALBUMARTIST",
  TALB: "ALBUM",
  TSRC: "ISRC",
  TRCK: "TRACKNUMBER",
  TPOS: "DISCNUMBER",
  USLT: "LYRICS",
};

/** ID3v2 tag and its end. */
export interface Id3 {
  readonly tags: Tags;
  /** Position after the tag. */
  readonly end: number;
}

const syncSafe = (bytes: Uint8Array, at: number): number =>
  [0, 1, 2, 3].reduce((sum, index) => sum * 128 + ((bytes[at + index] ?? 0) & 0x7f), 0);

const bigEndian = (bytes: Uint8Array, at: number, length: number): number => {
  let sum = 0;
  for (let index = 0; index < length; index++) sum = sum * 256 + (bytes[at + index] ?? 0);
  return sum;
};

/** Reverts unsynchronisation: removes the zero after each 0xFF. */
function undoUnsync(bytes: Uint8Array): Uint8Array {
  const out = new Uint8Array(bytes.length);
  let length = 0;
  for (let index = 0; index < bytes.length; index++) {
    if (index > 0 && bytes[index] === 0 && bytes[index - 1] === 0xff) continue;
    out[length++] = bytes[index] ?? 0;
  }
  return out.subarray(0, length);
}

/**
 * Decodes texts after an encoding byte, separated by zeros.
 *
 * @param legacy - Encoding of texts that are declared as Latin-1.
 */
function readTexts(encoding: number, bytes: Uint8Array, legacy: TextEncoding): string[] {
  const label = [legacy, "utf-16", "utf-16be", "utf-8"][encoding] ?? legacy;
  if (label !== "utf-16") return new TextDecoder(label).decode(bytes).split("\0");
  const bigFirst = bytes[0] === 0xfe && bytes[1] === 0xff;
  const text = new TextDecoder(bigFirst ? "utf-16be" : "utf-16le").decode(bytes);
  return text.split("\0").map((part) => part.replace(/^\ufeff/, ""));
}

/** Returns the name of a frame; undefined if none begins here. Old versions of iTunes write short names in long headers. */
function nameOf(head: Uint8Array, short: boolean): string | undefined {
  const name = Buffer.from(head).toString("latin1", 0, short ? 3 : 4);
  return /^[A-Z0-9]{3}[A-Z0-9 \0]?$/.exec(name)?.[0].replace(/[ \0]$/, "");
}

/** Reads bytes by their offset in the frames of a tag. */
type ReadFrames = (place: number, length: number) => Promise<Uint8Array>;

/**
 * Returns the size of a frame of version 2.4, whose bytes have seven bits. Old versions of iTunes wrote eight, which
 * is assumed if another frame follows by that size only.
 *
 * @param at.start - Offset of the content.
 * @param at.end - Offset after all frames.
 * @param at.keptBytes - Size up to which the content is read with the next header, so that it stays in the window.
 * @param at.canSkip - Whether longer content can be skipped and read later.
 */
async function sizeOf(
  head: Uint8Array,
  read: ReadFrames,
  at: {
    readonly start: number;
    readonly end: number;
    readonly keptBytes: number;
    readonly canSkip: boolean;
  },
): Promise<number> {
  const { start, end, keptBytes, canSkip } = at;
  const [declared, plain] = [syncSafe(head, 4), bigEndian(head, 4, 4)];
  if (declared === plain || start + plain > end) return declared;
  if (head.subarray(4, 8).some((byte) => byte >= 0x80)) return plain;
  if (!canSkip && plain > keptBytes) return declared;
  const isFollowed = async (size: number): Promise<boolean> => {
    const place = start + size;
    if (place + id3HeaderBytes > end) return place <= end;
    const next =
      size <= keptBytes
        ? (await read(start, size + id3HeaderBytes)).subarray(size)
        : await read(place, id3HeaderBytes);
    if (next.subarray(0, 4).every((byte) => byte === 0)) return true;
    const fits = place + id3HeaderBytes + Math.min(syncSafe(next, 4), bigEndian(next, 4, 4)) <= end;
    const hasKnownFlags = ((next[8] ?? 0) & 0x8f) === 0 && ((next[9] ?? 0) & 0xb0) === 0;
    return nameOf(next, false) !== undefined && fits && hasKnownFlags;
  };
  return !(await isFollowed(declared)) && (await isFollowed(plain)) ? plain : declared;
}

interface Frames {
  readonly end: number;
  /** Frames in order; bodies are read on demand. */
  readonly each: AsyncIterable<{
    readonly name: string;
    readonly bytes: number;
    body(): Promise<Uint8Array>;
  }>;
}

/** Returns the length in bytes of the tag that begins with a header; 0 if none does. */
export function id3LengthOf(header: Uint8Array): number {
  if (header.length < id3HeaderBytes || Buffer.from(header).toString("latin1", 0, 3) !== "ID3") return 0;
  const [version = 0, flags = 0] = [header[3], header[5]];
  const hasFooter = version >= 4 && (flags & 0x10) !== 0;
  return id3HeaderBytes + syncSafe(header, 6) + (hasFooter ? id3HeaderBytes : 0);
}

/** Opens the tag at a position; returns undefined if there is none. */
async function openId3(window: ByteWindow, at: number, limits: MediaLimits): Promise<Frames | undefined> {
  const header = await window.at(at, id3HeaderBytes);
  const length = id3LengthOf(header);
  if (length === 0) return undefined;
  const [version = 0, flags = 0] = [header[3], header[5]];
  const bytes = syncSafe(header, 6);
  const contentAt = at + id3HeaderBytes;
  const short = version < 3;
  const frameHeader = short ? 6 : 10;

  async function* each() {
    // Before 2.4 unsynchronisation covers the whole tag, and lengths are those before it.
    const changed = version < 4 && (flags & 0x80) !== 0;
    const whole = changed
      ? undoUnsync(await window.at(contentAt, Math.min(bytes, limits.maxArtworkBytes)))
      : undefined;
    const size = whole?.length ?? bytes;
    const read: ReadFrames = async (place, length) =>
      whole?.subarray(place, place + length) ?? (await window.at(contentAt + place, length));
    let place = 0;
    if (version >= 3 && flags & 0x40) {
      const length = await read(place, 4);
      place += version === 3 ? 4 + bigEndian(length, 0, 4) : syncSafe(length, 0);
    }
    while (place + frameHeader <= size) {
      const head = await read(place, frameHeader);
      const name = nameOf(head, short);
      if (head.length < frameHeader || name === undefined) return;
      const length = short
        ? bigEndian(head, 3, 3)
        : version === 3
          ? bigEndian(head, 4, 4)
          : await sizeOf(head, read, {
              start: place + frameHeader,
              end: size,
              keptBytes: limits.maxTagBytes,
              canSkip: window.size !== null,
            });
      const formatFlags = short ? 0 : (head[9] ?? 0);
      const start = place + frameHeader;
      if (start + length > size) return;
      const body = async () => {
        const raw = await read(start, length);
        const plain = version >= 4 && formatFlags & 0x02 ? undoUnsync(raw) : raw;
        // A data length indicator precedes the content of such a frame.
        return version >= 4 && formatFlags & 0x01 ? plain.subarray(4) : plain;
      };
      // Compressed and encrypted frames are not read.
      const readable = version >= 4 ? (formatFlags & 0x0c) === 0 : (formatFlags & 0xc0) === 0;
      if (readable) yield { name, bytes: length, body };
      place = start + length;
    }
  }
  return { end: at + length, each: { [Symbol.asyncIterator]: each } };
}

/** Reads the tag at a position without its pictures; returns undefined if there is none. */
export async function readId3(window: ByteWindow, at: number, limits: MediaLimits): Promise<Id3 | undefined> {
  const frames = await openId3(window, at, limits);
  if (!frames) return undefined;
  const fields = new Map<string, string>();
  const bodies: { readonly name: string; readonly encoding: number; readonly bytes: Uint8Array }[] = [];
  let left = limits.maxTagBytes;
  for await (const { name, bytes, body } of frames.each) {
    const known = names[name];
    if (isPicture(name)) fields.set(pictureField, "");
    const free = name === "TXXX" || name === "TXX";
    if ((!known && !free) || bytes < 1 || bytes > left) continue;
    left -= bytes;
    const content = await body();
    // Lyrics start with their language.
    const textAt = known === "LYRICS" ? 4 : 1;
    bodies.push({ name, encoding: content[0] ?? 0, bytes: Uint8Array.from(content.subarray(textAt)) });
  }
  const legacy = detectEncoding(bodies.flatMap(({ encoding, bytes }) => (encoding === 0 ? [bytes] : [])));
  for (const { name, encoding, bytes } of bodies) {
    const texts = readTexts(encoding, bytes, legacy);
    const worded = names[name] === "LYRICS";
    const free = names[name] === undefined;
    // Lyrics start with a description, free-form fields with their name.
    const key = free ? texts[0]?.toUpperCase() : names[name];
    const text = free || worded ? texts.slice(1).join("\n") : texts.filter((part) => part !== "").join(", ");
    if (key && !fields.has(key)) fields.set(key, text);
  }
  return { tags: tagsFrom(fields), end: frames.end };
}

/** Reads the first picture of the tag at a position. */
export async function readId3Artwork(
  window: ByteWindow,
  at: number,
  limits: MediaLimits,
): Promise<Artwork | undefined> {
  const frames = await openId3(window, at, limits);
  if (!frames) return undefined;
  for await (const { name, bytes, body } of frames.each) {
    if (!isPicture(name) || bytes > limits.maxArtworkBytes) continue;
    const content = await body();
    const encoding = content[0] ?? 0;
    // Version 2.2 has three letters of format, later versions a zero-terminated media type.
    const nameEnd = name === "PIC" ? 4 : content.indexOf(0, 1);
    if (nameEnd < 0) continue;
    const format = Buffer.from(content.subarray(1, nameEnd)).toString("latin1");
    const mimeType = name === "APIC" ? format : format === "PNG" ? "image/png" : "image/jpeg";
    const descriptionAt = nameEnd + (name === "PIC" ? 1 : 2);
    const wide = encoding === 1 || encoding === 2;
    let dataAt = descriptionAt;
    while (dataAt < content.length && (content[dataAt] !== 0 || (wide && content[dataAt + 1] !== 0)))
      dataAt += wide ? 2 : 1;
    dataAt += wide ? 2 : 1;
    if (dataAt < content.length) return { mimeType, data: new Uint8Array(content.subarray(dataAt)) };
  }
  return undefined;
}
