import type { TrackInfo } from "@asterite/andesite";
import { argumentError } from "./errors.ts";

/** Track in a queue. */
export interface QueueTrack {
  /** Encoded track (Base64), as nodes return and accept it. */
  readonly track: string;
  /** Title from the source. Untrusted: sanitize it before displaying it. */
  readonly title: string;
  /** Artist or channel; untrusted as well. */
  readonly author: string;
  /** Length in ms; null for streams and where it is unknown. */
  readonly lengthMs: number | null;
  /** Identifier of the track at its source. */
  readonly identifier: string;
  /** Public address of the track; null if it has none. */
  readonly uri: string | null;
  /** Address of a picture, as returned by the node: one that begins with a slash is a path on that node. */
  readonly artwork: string | null;
  /** Whether the track supports seeking. */
  readonly isSeekable: boolean;
}

/** User who requested a track, on any chat platform. */
export interface Requester {
  /** Opaque id of the account. */
  readonly id: string;
  /** Name at the time of the request; untrusted. */
  readonly name: string;
}

/** Entry that is to be added to a queue. */
export interface NewEntry<Data = unknown> {
  /** Track to play. */
  readonly track: QueueTrack;
  /** User who requested it. */
  readonly requester: Requester;
  /** Data of the program, such as the channel of the request. Snapshots hold it, so it must be plain JSON. */
  readonly userData?: Data;
}

/** Entry of a queue. The same track may be queued several times, as separate entries. */
export interface QueueEntry<Data = unknown> extends NewEntry<Data> {
  /** Id of the entry within its queue; survives restarts. */
  readonly id: number;
}

/**
 * Converts a track that a node has loaded.
 *
 * @throws QueueError `BAD_ARGUMENT` for anything else, such as the encoded track alone.
 */
export function toQueueTrack(loaded: TrackInfo): QueueTrack {
  const { track, info }: Partial<TrackInfo> = loaded ?? {};
  if (track === undefined || info === undefined) {
    throw argumentError("loaded", typeof loaded, "one of the tracks of loadTracks or decodeTracks");
  }
  return {
    track,
    title: info.title,
    author: info.author,
    lengthMs: info.length === null ? null : Math.round(1_000 * info.length),
    identifier: info.identifier,
    uri: info.uri,
    artwork: info.artworkUrl,
    isSeekable: info.isSeekable,
  };
}
