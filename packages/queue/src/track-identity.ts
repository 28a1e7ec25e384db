import { decodeTrack, TrackFormatError } from "@asterite/lavaplayer-track";

/** What a track string says about which track it is, and where it is. */
export interface TrackIdentity {
  /** The same for the same track at whatever position. */
  readonly key: string;
  /** Position in it, in ms; null where it cannot be read. */
  readonly positionMs: number | null;
}

/** Events hold tracks encoded anew, at another position, so the strings themselves cannot be compared. */
export function identify(track: string): TrackIdentity {
  try {
    const { source, info, positionMs } = decodeTrack(track);
    return { key: JSON.stringify([source.name, info.identifier]), positionMs: Number(positionMs) };
  } catch (error) {
    // The node may understand more than this library.
    if (error instanceof TrackFormatError) return { key: track, positionMs: null };
    throw error;
  }
}
