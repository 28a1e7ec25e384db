import type { ByteWindow } from "../byte-window.ts";
import type { MediaLimits } from "../media-limits.ts";
import { type Tags, tagsFrom } from "../tags/tags.ts";
import { TrackError } from "../track-error.ts";
import { children, type Element, readElement, readFloat, readUint } from "./ebml.ts";
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
  tag: 0x7373,
  simpleTag: 0x67c8,
  tagName: 0x45a3,
  tagString: 0x4487,
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

/** Returns the content of an element if it is short enough. */
export async function readContent(
  window: ByteWindow,
  element: Element,
  maxBytes: number,
): Promise<Uint8Array | undefined> {
  const length = element.end - element.dataAt;
  if (length > maxBytes) return undefined;
  const bytes = window.peek(element.dataAt, length) ?? (await window.at(element.dataAt, length));
  if (bytes.length < length) throw new TrackError("The file ends before the track does.", "COMMON");
  return bytes;
}

function readTags(data: Uint8Array, fields: Map<string, string>): void {
  for (const { id, data: tag } of children(data)) {
    if (id !== ids.tag) continue;
    for (const part of children(tag)) {
      if (part.id !== ids.simpleTag) continue;
      let [name, value] = ["", ""];
      for (const each of children(part.data)) {
        if (each.id === ids.tagName) name = each.data.toString("utf8").toUpperCase();
        if (each.id === ids.tagString) value = each.data.toString("utf8");
      }
      if (name && !fields.has(name)) fields.set(name, value);
    }
  }
}

/** Reads all headers before the packets; returns undefined if there is no audio. */
export async function readSegment(window: ByteWindow, limits: MediaLimits): Promise<Segment | undefined> {
  const header = await readElement(window, 0);
  const segment = header && (await readElement(window, header.end));
  if (segment?.id !== ids.segment) return undefined;
  const fields = new Map<string, string>();
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
    if (element.id === ids.tracks) track = readTracks(content);
    if (element.id === ids.tags) readTags(content, fields);
    for (const { id, data } of children(content)) {
      if (element.id === ids.seekHead && id === ids.seek) {
        let [name, place] = [0, 0];
        for (const each of children(data)) {
          if (each.id === ids.seekId) name = readUint(each.data);
          if (each.id === ids.seekPosition) place = readUint(each.data);
        }
        if (!places.has(name)) places.set(name, segment.dataAt + place);
      }
      if (element.id !== ids.info) continue;
      if (id === ids.timestampScale) scaleNs = readUint(data);
      if (id === ids.duration) duration = readFloat(data);
      if (id === ids.title) fields.set("TITLE", data.toString("utf8"));
    }
  }
  if (typeof track === "string") throw new TrackError(`The audio codec ${track} is not supported.`, "COMMON");
  if (!track) return undefined;
  const durationNs = duration !== null && duration > 0 ? duration * scaleNs : null;
  const tags = { ...tagsFrom(fields), hasPicture: places.has(ids.attachments) };
  return { at: segment.dataAt, dataAt: at, track, scaleNs, durationNs, tags, places };
}
