import type { ByteWindow } from "../byte-window.ts";
import type { MediaLimits } from "../media-limits.ts";
import type { Artwork } from "../tags/artwork.ts";
import { readCover } from "./item-list.ts";
import { readMovie } from "./movie.ts";

/** Reads the first picture in the tags. */
export async function readMp4Artwork(window: ByteWindow, limits: MediaLimits): Promise<Artwork | undefined> {
  const movie = await readMovie(window, limits);
  return movie && readCover(movie.data, limits);
}
