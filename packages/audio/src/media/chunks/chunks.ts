import type { ByteWindow } from "../byte-window.ts";
import type { MediaLimits } from "../media-limits.ts";
import type { Artwork } from "../tags/artwork.ts";
import { readId3Artwork } from "../tags/id3.ts";

/** Named part of a file: RIFF and its descendants, AIFF, CAF. */
export interface Chunk {
  readonly name: string;
  /** Position of the content. */
  readonly at: number;
  /** Length of the content; infinite if it extends to the end of the file. */
  readonly bytes: number;
}

/** How the chunks of a container follow each other. */
export interface ChunkLayout {
  /** Position of the first chunk. */
  readonly first: number;
  /** Bytes of a chunk's header, which begins with its name of four characters. */
  readonly headerBytes: number;
  /** Multiple of bytes at which chunks begin. */
  readonly unit: number;
  /** Name of the chunk with the samples. */
  readonly sound: string;
  /** Length of the content by the header; infinite if it is not stated. */
  length(header: Buffer): number;
}

/** Length from which on a declared one stands for an unknown one, if the file is shorter: 2 GiB, less a few headers. */
const largestDeclared = 2 ** 31 - 2 ** 16;

/** Iterates over the chunks, as far as the samples of a source that can only be read forwards. */
export async function* walkChunks(window: ByteWindow, layout: ChunkLayout): AsyncGenerator<Chunk> {
  const { first, headerBytes, unit, sound } = layout;
  for (let at = first; window.size === null || at < window.size; ) {
    const header = Buffer.from(await window.at(at, headerBytes));
    const name = header.toString("latin1", 0, 4);
    // Padding or foreign data after the last chunk.
    if (header.length < headerBytes || !/^[ -~\xa9]{4}$/.test(name)) return;
    const bytes = layout.length(header);
    at += headerBytes;
    const end = window.length ?? 0;
    const isDeclared = bytes > 0 && (bytes < largestDeclared || at + bytes <= end);
    // A writer that could not seek left the length of the samples out, or declared as much as the field allows.
    const isOpen = bytes === Number.POSITIVE_INFINITY || (name === sound && !isDeclared);
    yield { name, at, bytes: isOpen ? Number.POSITIVE_INFINITY : bytes };
    if (isOpen || (name === sound && window.size === null)) return;
    at += Math.ceil(bytes / unit) * unit;
  }
}

/** Returns whether a chunk contains an ID3v2 tag; programs write its name in either case. */
export const isId3Chunk = (name: string): boolean => name.toUpperCase() === "ID3 ";

/** Reads the first picture of the ID3 chunk, before or after the samples. */
export async function readChunkArtwork(
  chunks: AsyncIterable<Chunk>,
  window: ByteWindow,
  limits: MediaLimits,
): Promise<Artwork | undefined> {
  for await (const { name, at } of chunks) {
    const picture = isId3Chunk(name) ? await readId3Artwork(window, at, limits) : undefined;
    if (picture) return picture;
  }
  return undefined;
}
