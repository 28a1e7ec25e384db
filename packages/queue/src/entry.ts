import type { TrackInfo } from "@asterite/andesite";

/** A track as a queue keeps it. */
export interface QueueTrack {
  /** Base64, as nodes give and take it. */
  readonly track: string;
  /** Title, as the source gives it. It is a stranger's text: clean it before it is shown. */
  readonly title: string;
  /** Artist or channel; a stranger's text too. */
  readonly author: string;
  /** Null for streams and where it is not known. */
  readonly lengthMs: number | null;
  /** What the source finds the track by. */
  readonly identifier: string;
  /** Address for people. */
  readonly uri: string | null;
  /** Address of a picture, as the node gave it: where it begins with a slash, a path on that node. */
  readonly artwork: string | null;
  /** Whether it has positions that can be gone to. */
  readonly isSeekable: boolean;
}

/** Who asked for a track, by whatever means its chat names people. */
export interface Requester {
  /** Identifies the account, opaque. */
  readonly id: string;
  /** Name at the time of asking; a stranger's text. */
  readonly name: string;
}

/** A track in a queue. One track may be there several times, as several entries. */
export interface QueueEntry {
  /** Identifies the entry in its queue, also after a restart. */
  readonly id: number;
  /** What to play. */
  readonly track: QueueTrack;
  /** Who asked for it. */
  readonly requester: Requester;
}

/** What a queue keeps of a track that a node has loaded. */
export const toQueueTrack = ({ track, info }: TrackInfo): QueueTrack => ({
  track,
  title: info.title,
  author: info.author,
  lengthMs: info.length === null ? null : Math.round(1_000 * info.length),
  identifier: info.identifier,
  uri: info.uri,
  artwork: info.artworkUrl,
  isSeekable: info.isSeekable,
});
