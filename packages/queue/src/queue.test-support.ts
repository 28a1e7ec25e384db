import type { QueueTrack, Requester } from "./entry.ts";

/** Who asks in tests. */
export const ann: Requester = { id: "7", name: "ann" };

/** A track that no library can decode, three minutes long unless told. */
export const track = (name: string, more: Partial<QueueTrack> = {}): QueueTrack => ({
  track: name,
  title: name,
  author: "somebody",
  lengthMs: 180_000,
  identifier: name,
  uri: null,
  artwork: null,
  isSeekable: true,
  ...more,
});

/** The titles of entries. */
export const titles = (entries: readonly ({ readonly track: QueueTrack } | null)[]): string[] =>
  entries.map((entry) => entry?.track.title ?? "-");
