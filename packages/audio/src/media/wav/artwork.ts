import type { ByteWindow } from "../byte-window.ts";
import type { MediaLimits } from "../media-limits.ts";
import type { Artwork } from "../tags/artwork.ts";
import { readId3Artwork } from "../tags/id3.ts";
import { openChunks } from "./chunks.ts";

/** Whether a chunk holds a tag of ID3v2; programs do not agree on its case. */
export const isId3Chunk = (name: string): boolean => name.toUpperCase() === "ID3 ";

/** Reads the first picture of the tag that stands in a chunk, before the samples or behind them. */
export async function readWavArtwork(window: ByteWindow, limits: MediaLimits): Promise<Artwork | undefined> {
  const chunks = await openChunks(window);
  for await (const { name, at } of chunks?.each ?? []) {
    const picture = isId3Chunk(name) ? await readId3Artwork(window, at, limits) : undefined;
    if (picture) return picture;
  }
  return undefined;
}
