import type { ByteWindow } from "../byte-window.ts";
import type { MediaLimits } from "../media-limits.ts";
import type { PacketReader } from "../packet-reader.ts";
import { FixedBlockReader } from "../pcm/fixed-block-reader.ts";
import type { Artwork } from "../tags/artwork.ts";
import { readId3, readId3Artwork } from "../tags/id3.ts";
import { mergeTags, noTags, tagsFrom } from "../tags/tags.ts";
import { detectEncoding } from "../tags/text-encoding.ts";
import { TrackError } from "../track-error.ts";
import { type AiffFormat, readCommon } from "./common-chunk.ts";

interface Chunk {
  readonly name: string;
  /** Position of the content. */
  readonly at: number;
  readonly bytes: number;
}

async function* chunks(window: ByteWindow): AsyncGenerator<Chunk> {
  for (let at = 12; window.size === null || at < window.size; ) {
    const header = Buffer.from(await window.at(at, 8));
    const name = header.toString("latin1", 0, 4);
    if (header.length < 8 || !/^[ -~\xa9]{4}$/.test(name)) return;
    const bytes = header.readUInt32BE(4);
    at += 8;
    yield { name, at, bytes };
    // A live source is not read to its end.
    if (name === soundChunk && window.size === null) return;
    at += bytes + (bytes % 2);
  }
}

const soundChunk = "SSND";
const id3Chunk = "ID3 ";
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
  for await (const { name, at, bytes } of chunks(window)) {
    const body = async () => Buffer.from(await window.at(at, Math.min(bytes, limits.maxTagBytes)));
    const field = textNames[name];
    if (name === "COMM") format = readCommon(await body(), limits);
    else if (field) texts.set(field, await body());
    else if (name === id3Chunk) id3 = (await readId3(window, at, limits))?.tags ?? noTags;
    else if (name === soundChunk) {
      const offset = Buffer.from(await window.at(at, 8));
      if (offset.length < 8) return undefined;
      const skip = 8 + offset.readUInt32BE(0);
      const isOpen = bytes <= 8 || bytes === 0xffff_ffff;
      sound = {
        at: at + skip,
        bytes: isOpen ? (window.size ?? Number.POSITIVE_INFINITY) - at - skip : bytes - skip,
      };
    }
  }
  if (typeof format === "string")
    throw new TrackError(`The AIFF compression ${format} is not supported.`, "COMMON");
  if (!format || !sound || sound.bytes <= 0) return undefined;
  const decoder = new TextDecoder(detectEncoding([...texts.values()]));
  const tags = mergeTags(
    id3,
    tagsFrom(new Map([...texts].map(([field, text]) => [field, decoder.decode(text).replace(/\0+$/, "")]))),
  );
  return new FixedBlockReader(window, "aiff", format.coding, { ...sound, samples: format.samples }, tags);
}

/** Reads the first picture of the ID3 chunk. */
export async function readAiffArtwork(window: ByteWindow, limits: MediaLimits): Promise<Artwork | undefined> {
  for await (const { name, at } of chunks(window)) {
    const picture = name === id3Chunk ? await readId3Artwork(window, at, limits) : undefined;
    if (picture) return picture;
  }
  return undefined;
}
