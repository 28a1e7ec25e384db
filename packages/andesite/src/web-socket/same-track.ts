import { decodeTrack, type Track, TrackFormatError } from "@asterite/lavaplayer-track";

/**
 * Returns whether two encoded tracks have the same source and identifier. Nodes encode a track again, with
 * its position, when they report it, so the strings can differ.
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
