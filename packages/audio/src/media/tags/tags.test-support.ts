// Builders of tags, and of files with embedded pictures.

import { mediaFile } from "../media.test-support.ts";
import { oggPage } from "../ogg/ogg-page.test-support.ts";

export const latin1 = (text: string): Buffer => Buffer.from(text, "latin1");
const u32be = (value: number): Buffer => Buffer.from([value >>> 24, value >>> 16, value >>> 8, value]);
const u32le = (value: number): Buffer => u32be(value).reverse();
const syncSafe = (value: number): Buffer =>
  Buffer.from([value >> 21, value >> 14, value >> 7, value].map((part) => part & 0x7f));

/** Placeholder for picture bytes. */
export const picture = Uint8Array.from({ length: 3_000 }, (_, index) => (index * 7) % 256);

/** Builds an ID3v2 tag. */
export function id3(
  version: 2 | 3 | 4,
  frames: readonly (readonly [name: string, body: Buffer])[],
  flags = 0,
): Buffer {
  const bodies = frames.map(([name, body]) => {
    const size =
      version === 2
        ? u32be(body.length).subarray(1)
        : version === 3
          ? u32be(body.length)
          : syncSafe(body.length);
    return Buffer.concat([latin1(name), size, Buffer.alloc(version === 2 ? 0 : 2), body]);
  });
  let content = Buffer.concat(bodies);
  if (flags & 0x80) content = Buffer.from(content.toString("latin1").replaceAll("\xff", "\xff\0"), "latin1");
  return Buffer.concat([latin1("ID3"), Buffer.from([version, 0, flags]), syncSafe(content.length), content]);
}

/** Builds an APE tag with header and footer; buffers are binary items in version 2. */
export function apeTag(
  items: readonly (readonly [name: string, value: string | Buffer])[],
  version = 2_000,
): Buffer {
  const body = Buffer.concat(
    items.flatMap(([name, value]) => {
      const flags = version >= 2_000 && typeof value !== "string" ? 2 : 0;
      const bytes = Buffer.from(value);
      return [u32le(bytes.length), u32le(flags), latin1(`${name}\0`), bytes];
    }),
  );
  const frame = (flags: number) =>
    Buffer.concat([
      latin1("APETAGEX"),
      ...[version, body.length + 32, items.length, flags].map(u32le),
      Buffer.alloc(8),
    ]);
  return Buffer.concat([version >= 2_000 ? frame(0xa000_0000) : Buffer.alloc(0), body, frame(0x8000_0000)]);
}

/** Returns an mp3 without tags. */
export const untaggedMp3 = (): Uint8Array => {
  const bytes = mediaFile("tones.mp3");
  return bytes.subarray(10 + (bytes[8] ?? 0) * 128 + (bytes[9] ?? 0));
};

/** Builds a Vorbis comment list. */
export const comments = (...fields: readonly string[]): Buffer =>
  Buffer.concat([
    u32le(0),
    u32le(fields.length),
    ...fields.flatMap((field) => [u32le(Buffer.byteLength(field)), Buffer.from(field)]),
  ]);

/**
 * Builds a FLAC picture block.
 *
 * @param declaredLength - Declared number of bytes.
 */
const flacPicture = (data: Uint8Array, declaredLength = data.length): Buffer =>
  Buffer.concat([
    u32be(3),
    u32be(9),
    latin1("image/png"),
    u32be(0),
    Buffer.alloc(16),
    u32be(declaredLength),
    data,
  ]);

/** Builds a FLAC metadata block. */
export const flacBlock = (type: number, body: Buffer): Buffer =>
  Buffer.concat([Buffer.from([type]), u32be(body.length).subarray(1), body]);

/** Builds a FLAC file with a picture block (or the given block) and more blocks after it. */
export function flacWith(
  data: Uint8Array,
  {
    declaredLength,
    more = new Uint8Array(0),
  }: { readonly declaredLength?: number; readonly more?: Uint8Array } = {},
): Buffer {
  const file = mediaFile("tones.flac");
  // After "fLaC" and the stream info block.
  const [start, rest] = [file.subarray(0, 42), file.subarray(42)];
  return Buffer.concat([start, flacBlock(6, flacPicture(data, declaredLength)), more, rest]);
}

function opusWithPicture(data: Uint8Array): Buffer {
  const head = Buffer.concat([
    latin1("OpusHead\x01\x02"),
    Buffer.from([0x38, 1]),
    u32le(48_000),
    Buffer.alloc(3),
  ]);
  const tags = Buffer.concat([
    latin1("OpusTags"),
    comments(
      "R128_TRACK_GAIN=-1280",
      `METADATA_BLOCK_PICTURE=${flacPicture(data).toString("base64")}`,
      "TITLE=Last",
    ),
  ]);
  const frame = Buffer.from([0xfc, 0xff, 0xfe]);
  return Buffer.concat([oggPage(head, 2, 0), oggPage(tags, 0, 1), oggPage(frame, 4, 2, 960)]);
}

function mp4WithPicture(image: Uint8Array): Buffer {
  const file = Buffer.from(mediaFile("tones.m4a"));
  const box = (type: string, ...parts: readonly Buffer[]): Buffer => {
    const body = Buffer.concat(parts);
    return Buffer.concat([u32be(body.length + 8), latin1(type), body]);
  };
  const cover = box("covr", box("data", u32be(14), u32be(0), Buffer.from(image)));
  const list = box("ilst", cover, box("\u00a9nam", box("data", u32be(1), u32be(0), Buffer.from("Näme"))));
  const udta = box("udta", box("meta", u32be(0), list));
  const at = file.indexOf("moov") - 4;
  const moov = file.subarray(at, at + file.readUInt32BE(at));
  const inside = moov.subarray(8, moov.lastIndexOf("udta") - 4);
  return Buffer.concat([file.subarray(0, at), box("moov", inside, udta)]);
}

function matroskaWithPicture(image: Uint8Array): Buffer {
  const file = Buffer.from(mediaFile("tones-opus.webm"));
  // A five-byte length begins with 0x08.
  const element = (id: readonly number[], body: Buffer): Buffer =>
    Buffer.concat([Buffer.from([...id, 0x08]), u32be(body.length), body]);
  const type = element([0x46, 0x60], latin1("image/png"));
  const data = element([0x46, 0x5c], Buffer.from(image));
  const attached = element([0x19, 0x41, 0xa4, 0x69], element([0x61, 0xa7], Buffer.concat([type, data])));
  const cluster = file.indexOf(Buffer.from([0x1f, 0x43, 0xb6, 0x75]));
  return Buffer.concat([file.subarray(0, cluster), attached, file.subarray(cluster)]);
}

/** Builds an ID3v2 tag with a picture. */
const pictureTag = (data: Uint8Array): Buffer =>
  id3(4, [["APIC", Buffer.concat([latin1("\0image/png\0\x03\0"), data])]]);

/** Builds a WAV file with an ID3 chunk that contains a picture, before or after the samples. */
export function wavWithPicture(
  data: Uint8Array,
  file: Uint8Array = mediaFile("tones.wav"),
  { inFront = false, name = "id3 " } = {},
): Buffer {
  const tag = pictureTag(data);
  const chunk = Buffer.concat([latin1(name), u32le(tag.length), tag, Buffer.alloc(tag.length % 2)]);
  const at = inFront ? 12 : file.length;
  return Buffer.concat([file.subarray(0, at), chunk, file.subarray(at)]);
}

type WithPicture = (data?: Uint8Array, file?: Uint8Array) => Buffer;

/** Builders of a file with a picture, {@link picture} by default, for each container. */
export const withPicture: Readonly<
  Record<"mp3" | "flac" | "opus" | "mp4" | "matroska" | "wav", WithPicture>
> = {
  mp3: (data = picture, file = untaggedMp3()) => Buffer.concat([pictureTag(data), file]),
  flac: (data = picture) => flacWith(data),
  opus: (data = picture) => opusWithPicture(data),
  mp4: (data = picture) => mp4WithPicture(data),
  matroska: (data = picture) => matroskaWithPicture(data),
  wav: (data = picture, file = mediaFile("tones.wav")) => wavWithPicture(data, file),
};
