import { decodeTrack, type Track, TrackFormatError } from "@asterite/lavaplayer-track";
import type { Loader } from "./loader.ts";

/**
 * Decodes a track; null for one that decodes to nothing: its source is off or not known here, or the message is empty.
 *
 * @throws TrackFormatError where it is no encoded track.
 */
export function decodePlayable(text: string, loader: Pick<Loader, "canPlay">): Track | null {
  try {
    const track = decodeTrack(text);
    return loader.canPlay(track) ? track : null;
  } catch (error) {
    if (error instanceof TrackFormatError && error.code === "empty") return null;
    throw error;
  }
}
