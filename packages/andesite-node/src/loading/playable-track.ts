import { decodeTrack, type Track, TrackFormatError } from "@asterite/lavaplayer-track";
import type { Loader } from "./loader.ts";

/**
 * Decodes a track. Returns null for an empty message and for a track whose source is unknown or disabled.
 *
 * @throws TrackFormatError when the text is not an encoded track.
 */
export function decodePlayable(text: string, loader: Pick<Loader, "canPlay">): Track | null {
  try {
    const track = decodeTrack(text);
    return loader.canPlay(track) ? track : null;
  } catch (error) {
    if (error instanceof TrackFormatError && error.code === "EMPTY") return null;
    throw error;
  }
}
