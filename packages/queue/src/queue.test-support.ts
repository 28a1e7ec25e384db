import type { QueueTrack, Requester } from "./entry.ts";

/** Requester in tests. */
export const ann: Requester = { id: "7", name: "ann" };

/** Creates a track that no library can decode, three minutes long by default. */
export const track = (name: string, more: Partial<QueueTrack> = {}): QueueTrack => ({
  track: name,
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
