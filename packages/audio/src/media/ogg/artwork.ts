import type { ByteWindow } from "../byte-window.ts";
import type { MediaLimits } from "../media-limits.ts";
import type { Artwork } from "../tags/artwork.ts";
import { pictureField } from "../tags/tags.ts";
import { readFlacPicture } from "../tags/vorbis-comment.ts";
import { openLink } from "./link.ts";
import { PageWalker } from "./page-walker.ts";

/** Reads the picture in the comments, a base64-coded FLAC picture block. */
export async function readOggArtwork(window: ByteWindow, limits: MediaLimits): Promise<Artwork | undefined> {
  const bytes = Math.ceil((limits.maxArtworkBytes * 4) / 3) + limits.maxTagBytes;
  const wide = { ...limits, maxPacketBytes: bytes, maxTagBytes: bytes };
  const link = await openLink(new PageWalker(window, wide), wide);
  const picture = link?.stream.comments.get(pictureField);
  return picture === undefined ? undefined : readFlacPicture(Buffer.from(picture, "base64"), limits);
}
