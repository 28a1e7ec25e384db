import { decodeTrack, encodeTrack } from "@asterite/lavaplayer-track";
import type { QueueTrack, Requester } from "./entry.ts";

/** Requester in tests. */
export const ann: Requester = { id: "7", name: "ann" };

/** Returns the encoded track with a title, at a position in ms. */
export const encoded = (title: string, positionMs = 0): string =>
  encodeTrack({
    info: { title, author: "an artist", identifier: title, lengthMs: 180_000 },
    source: { name: "youtube" },
    positionMs,
  });

/** Returns the title of an encoded track; other values unchanged. */
export function titleOf(track: unknown): unknown {
  if (typeof track !== "string") return track;
  try {
    return decodeTrack(track).info.title;
  } catch {
    return track;
  }
}

/** Creates a track of three minutes. */
export const track = (name: string, more: Partial<QueueTrack> = {}): QueueTrack => ({
  track: encoded(name),
  title: name,
  author: "an artist",
  lengthMs: 180_000,
  identifier: name,
  uri: null,
  artwork: null,
  isSeekable: true,
  ...more,
});

/** Returns the titles of entries. */
export const titles = (entries: readonly ({ readonly track: QueueTrack } | null)[]): string[] =>
  entries.map((entry) => entry?.track.title ?? "-");
