import { decodeTrack, TrackFormatError } from "@asterite/lavaplayer-track";

/** Identity and position that an encoded track holds. */
export interface TrackIdentity {
  /** Key of the track, independent of the position. */
  readonly key: string;
  /** Position in ms; null where it cannot be decoded. */
  readonly positionMs: number | null;
}

/**
 * Returns why an encoded track is damaged; undefined if it is not. Formats that this library does not support
 * are left to the node.
 */
export function findTrackProblem(track: string): string | undefined {
  try {
    decodeTrack(track);
    return undefined;
  } catch (error) {
    if (!(error instanceof TrackFormatError)) throw error;
    return error.code === "UNSUPPORTED_VERSION" ? undefined : error.message;
  }
}

/**
 * Decodes an encoded track. Events hold the track encoded at another position, so the texts cannot be
 * compared.
 */
export function identify(track: string): TrackIdentity {
  try {
    const { source, info, positionMs } = decodeTrack(track);
    return { key: JSON.stringify([source.name, info.identifier]), positionMs: Number(positionMs) };
  } catch (error) {
    // The node may support formats that this library does not.
    if (error instanceof TrackFormatError) return { key: track, positionMs: null };
    throw error;
  }
}
