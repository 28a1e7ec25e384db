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

const isText = (value: unknown): boolean => typeof value === "string";
const text = { accepts: isText, allowed: "a string" };
const textOrNull = {
  accepts: (value: unknown) => value === null || isText(value),
  allowed: "a string or null",
};

/** What the fields of a track have to be, so that a snapshot with it can be read back. */
const trackFields: Readonly<Record<keyof QueueTrack, typeof text>> = {
  track: text,
  title: text,
  author: text,
  lengthMs: {
    accepts: (value) => value === null || (Number.isSafeInteger(value) && Number(value) >= 0),
    allowed: "an integer of at least 0, or null",
  },
  identifier: text,
  uri: textOrNull,
  artwork: textOrNull,
  isSeekable: { accepts: (value) => typeof value === "boolean", allowed: "true or false" },
};

/**
 * Checks an entry that a program without types could pass by mistake, such as a track of a node.
 *
 * @throws QueueError `BAD_ARGUMENT` naming the field.
 */
export function checkEntry(entry: NewEntry, index: number): void {
  const { track, requester } = entry ?? {};
  for (const [field, { accepts, allowed }] of Object.entries(trackFields)) {
    const value: unknown = track?.[field as keyof QueueTrack];
    if (accepts(value)) continue;
    throw argumentError(
      `tracks.${index}.${field}`,
      value,
      `${allowed}; toQueueTrack converts the track of a node`,
    );
  }
  for (const field of ["id", "name"] as const) {
    if (!isText(requester?.[field]))
      throw argumentError(`requester.${field}`, requester?.[field], "a string");
  }
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
