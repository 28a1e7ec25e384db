import type { ByteWindow } from "../byte-window.ts";
import type { MediaLimits } from "../media-limits.ts";
import type { Artwork } from "../tags/artwork.ts";
import { children, readElement } from "./ebml.ts";
import { ids, readContent, readSegment } from "./segment.ts";

/** Reads the first attached picture. */
export async function readMatroskaArtwork(
  window: ByteWindow,
  limits: MediaLimits,
): Promise<Artwork | undefined> {
  const segment = await readSegment(window, limits);
  const at = segment?.places.get(ids.attachments);
  const element = at === undefined ? undefined : await readElement(window, at);
  if (element?.id !== ids.attachments) return undefined;
  const content = await readContent(window, element, limits.maxArtworkBytes);
  for (const { id, data } of children(content ?? new Uint8Array(0))) {
    if (id !== ids.attachedFile) continue;
    let mimeType = "";
    let picture: Uint8Array | undefined;
    for (const part of children(data)) {
      if (part.id === ids.fileMimeType) mimeType = part.data.toString("latin1");
      if (part.id === ids.fileData) picture = part.data;
    }
    if (picture && mimeType.startsWith("image/")) return { mimeType, data: Uint8Array.from(picture) };
  }
  return undefined;
}
