import type { ByteWindow } from "../byte-window.ts";
import type { MediaLimits } from "../media-limits.ts";
import type { Artwork } from "../tags/artwork.ts";
import { readId3Artwork } from "../tags/id3.ts";
import { openChunks } from "./chunks.ts";

/** Returns whether a chunk contains an ID3v2 tag; programs write its name in either case. */
export const isId3Chunk = (name: string): boolean => name.toUpperCase() === "ID3 ";

/** Reads the first picture of the ID3 chunk, before or after the samples. */
export async function readWavArtwork(window: ByteWindow, limits: MediaLimits): Promise<Artwork | undefined> {
  const chunks = await openChunks(window);
  for await (const { name, at } of chunks?.each ?? []) {
    const picture = isId3Chunk(name) ? await readId3Artwork(window, at, limits) : undefined;
    if (picture) return picture;
  }
  return undefined;
}
