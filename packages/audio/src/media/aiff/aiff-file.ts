import type { ByteWindow } from "../byte-window.ts";
import { type ChunkLayout, isId3Chunk, readChunkArtwork, walkChunks } from "../chunks/chunks.ts";
import type { MediaLimits } from "../media-limits.ts";
import type { PacketReader } from "../packet-reader.ts";
import { FixedBlockReader } from "../pcm/fixed-block-reader.ts";
import type { Artwork } from "../tags/artwork.ts";
import { readId3 } from "../tags/id3.ts";
import { mergeTags, noTags } from "../tags/tags.ts";
import { tagsFromUndeclared } from "../tags/undeclared-fields.ts";
import { TrackError } from "../track-error.ts";
import { type AiffFormat, readCommon } from "./common-chunk.ts";

const layout: ChunkLayout = {
  first: 12,
  headerBytes: 8,
  unit: 2,
  sound: "SSND",
  length: (header) => {
    const bytes = header.readUInt32BE(4);
    return bytes === 0xffff_ffff ? Number.POSITIVE_INFINITY : bytes;
  },
};

const textNames: Readonly<Record<string, string>> = { NAME: "TITLE", AUTH: "ARTIST" };

/**
 * Opens the samples of an AIFF or AIFF-C file (Apple, Audio Interchange File Format, 1.3 and AIFF-C); returns undefined if
 * there are none.
 *
 * @throws TrackError if the samples have a compression that is not supported.
 */
export async function openAiff(window: ByteWindow, limits: MediaLimits): Promise<PacketReader | undefined> {
  let format: AiffFormat | string | undefined;
  let sound: { readonly at: number; readonly bytes: number } | undefined;
  let id3 = noTags;
  const texts = new Map<string, Uint8Array>();
  for await (const { name, at, bytes } of walkChunks(window, layout)) {
    const body = async () => Buffer.from(await window.at(at, Math.min(bytes, limits.maxTagBytes)));
    const field = textNames[name];
    if (name === "COMM") format = readCommon(await body(), limits);
    else if (field) texts.set(field, await body());
    else if (isId3Chunk(name)) id3 = (await readId3(window, at, limits))?.tags ?? noTags;
    else if (name === layout.sound) {
      const offset = Buffer.from(await window.at(at, 8));
      if (offset.length < 8) return undefined;
      const skip = 8 + offset.readUInt32BE(0);
      sound = { at: at + skip, bytes: bytes - skip };
    }
  }
  if (typeof format === "string")
    throw new TrackError(`The AIFF compression ${format} is not supported.`, "COMMON");
  if (!format || !sound || sound.bytes <= 0) return undefined;
  const tags = mergeTags(id3, tagsFromUndeclared(texts));
  return new FixedBlockReader(window, "aiff", format.coding, { ...sound, samples: format.samples }, tags);
}

/** Reads the first picture of the file. */
export const readAiffArtwork = (window: ByteWindow, limits: MediaLimits): Promise<Artwork | undefined> =>
  readChunkArtwork(walkChunks(window, layout), window, limits);
