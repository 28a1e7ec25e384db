import type { ByteWindow } from "../byte-window.ts";
import type { MediaLimits } from "../media-limits.ts";
import type { Artwork } from "../tags/artwork.ts";
import { readFlacPicture } from "../tags/vorbis-comment.ts";
import { blockTypes, readBlocks } from "./blocks.ts";

/** Allowance for the fields around a picture. */
const aroundBytes = 64 * 1024;

/** Reads the first picture before the frames. */
export async function readFlacArtwork(window: ByteWindow, limits: MediaLimits): Promise<Artwork | undefined> {
  for await (const { type, at, bytes } of readBlocks(window, 0)) {
    if (type !== blockTypes.picture || bytes > limits.maxArtworkBytes + aroundBytes) continue;
    const picture = readFlacPicture(await window.at(at, bytes), limits);
    if (picture) return picture;
  }
  return undefined;
}
