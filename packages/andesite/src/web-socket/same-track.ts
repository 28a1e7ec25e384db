import { decodeTrack, type Track, TrackFormatError } from "@asterite/lavaplayer-track";

/**
 * Whether two encoded tracks are the same, wherever they start: a node encodes a track anew when it reports it, so
 * that the texts differ.
 */
export function isSameTrack(one: string, other: string): boolean {
  if (one === other) return true;
  const [first, second] = [tryDecode(one), tryDecode(other)];
  return (
    first !== null &&
    second !== null &&
    first.source.name === second.source.name &&
    first.info.identifier === second.info.identifier
  );
}

function tryDecode(encoded: string): Track | null {
  try {
    return decodeTrack(encoded);
  } catch (error) {
    if (error instanceof TrackFormatError) return null;
    throw error;
  }
}
