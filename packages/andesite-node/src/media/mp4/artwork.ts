import type { ByteWindow } from "../byte-window.ts";
import type { MediaLimits } from "../media-limits.ts";
import type { Artwork } from "../tags/artwork.ts";
import { openInput } from "./window-source.ts";

/** Reads the first picture of the tags. */
export async function readMp4Artwork(window: ByteWindow, limits: MediaLimits): Promise<Artwork | undefined> {
  using input = openInput(window, limits);
  const { images = [] } = await input.getMetadataTags();
  const found = images.find(({ data }) => data.length <= limits.maxArtworkBytes);
  return found && { mimeType: found.mimeType, data: found.data.slice() };
}
