import type { ByteWindow } from "../byte-window.ts";
import type { MediaLimits } from "../media-limits.ts";
import type { Tags } from "../tags/tags.ts";
import { TrackError } from "../track-error.ts";
import { children, type Element, readElement, readFloat, readUint } from "./ebml.ts";
import { MatroskaTags } from "./tags.ts";
import { type MatroskaTrack, readTracks } from "./track.ts";

/** Element ids (RFC 9559). */
export const ids = {
  ebml: 0x1a45dfa3,
  segment: 0x18538067,
  seekHead: 0x114d9b74,
  info: 0x1549a966,
  tracks: 0x1654ae6b,
  tags: 0x1254c367,
  cues: 0x1c53bb6b,
  cluster: 0x1f43b675,
  attachments: 0x1941a469,
  seek: 0x4dbb,
  seekId: 0x53ab,
  seekPosition: 0x53ac,
  timestampScale: 0x2ad7b1,
  duration: 0x4489,
  title: 0x7ba9,
  cuePoint: 0xbb,
  cueTime: 0xb3,
  cueTrackPositions: 0xb7,
  cueClusterPosition: 0xf1,
  timestamp: 0xe7,
  simpleBlock: 0xa3,
  blockGroup: 0xa0,
  block: 0xa1,
  discardPadding: 0x75a2,
  attachedFile: 0x61a7,
  fileMimeType: 0x4660,
  fileData: 0x465c,
} as const;

/** Headers before the packets. */
export interface Segment {
  /** Position that offsets in the segment refer to. */
  readonly at: number;
  /** Position of the first cluster. */
  readonly dataAt: number;
  readonly track: MatroskaTrack;
  /** Nanoseconds per unit of time. */
  readonly scaleNs: number;
  /** Duration in nanoseconds; null if unknown. */
  readonly durationNs: number | null;
  readonly tags: Tags;
  /** Positions of elements by id, from the seek head. */
  readonly places: ReadonlyMap<number, number>;
}

/** Returns the content of an element if it is short enough, and not truncated by the end of the file. */
export async function readContent(
  window: ByteWindow,
  element: Element,
  maxBytes: number,
): Promise<Uint8Array | undefined> {
  const length = element.end - element.dataAt;
  if (length > maxBytes) return undefined;
  const bytes = window.peek(element.dataAt, length) ?? (await window.at(element.dataAt, length));
  return bytes.length < length ? undefined : bytes;
}

/** Reads all headers before the packets; returns undefined if there is no audio. */
export async function readSegment(window: ByteWindow, limits: MediaLimits): Promise<Segment | undefined> {
  const header = await readElement(window, 0);
  const segment = header && (await readElement(window, header.end));
  if (segment?.id !== ids.segment) return undefined;
  const tags = new MatroskaTags();
  /** Positions of the tags by the seek head; they may be behind the clusters. */
  const tagPlaces = new Set<number>();
  const places = new Map<number, number>();
  let [scaleNs, duration]: [number, number | null] = [1_000_000, null];
  let track: MatroskaTrack | string | undefined;
  let at = segment.dataAt;
  for (;;) {
    const element = await readElement(window, at);
    if (!element) return undefined;
    if (element.id === ids.cluster) break;
    if (!Number.isFinite(element.end)) return undefined;
    at = element.end;
    if (!places.has(element.id)) places.set(element.id, element.at);
    const wanted: readonly number[] = [ids.seekHead, ids.info, ids.tracks, ids.tags];
    if (!wanted.includes(element.id)) continue;
    const maxBytes = element.id === ids.tracks ? limits.maxPacketBytes : limits.maxTagBytes;
    const content = await readContent(window, element, maxBytes);
    if (!content) continue;
    if (element.id === ids.tracks) track = readTracks(content, limits);
    if (element.id === ids.tags) tags.add(content);
    for (const { id, data } of children(content)) {
      if (element.id === ids.seekHead && id === ids.seek) {
        let [name, place] = [0, 0];
        for (const each of children(data)) {
          if (each.id === ids.seekId) name = readUint(each.data);
          if (each.id === ids.seekPosition) place = readUint(each.data);
        }
        if (!places.has(name)) places.set(name, segment.dataAt + place);
        if (name === ids.tags) tagPlaces.add(segment.dataAt + place);
      }
      if (element.id !== ids.info) continue;
      if (id === ids.timestampScale) scaleNs = readUint(data);
      if (id === ids.duration) duration = readFloat(data);
      if (id === ids.title) tags.segmentTitle = data.toString("utf8");
    }
  }
  if (typeof track === "string") throw new TrackError(`The audio codec ${track} is not supported.`, "COMMON");
  if (!track) return undefined;
  for (const place of window.mayReadAhead ? tagPlaces : []) {
    // Tags before the clusters have been read.
    const element = place > at ? await readElement(window, place) : undefined;
    if (element?.id === ids.tags && element.end <= (window.size ?? 0))
      tags.add((await readContent(window, element, limits.maxTagBytes)) ?? new Uint8Array(0));
  }
  const durationNs = duration !== null && duration > 0 ? duration * scaleNs : null;
  const hasPicture = places.has(ids.attachments);
  const allTags = { ...tags.forTrack(track.uid), hasPicture };
  return { at: segment.dataAt, dataAt: at, track, scaleNs, durationNs, tags: allTags, places };
}
