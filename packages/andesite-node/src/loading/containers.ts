import type { Track } from "@asterite/lavaplayer-track";

/** Playable containers: lavaplayer's names of those that it plays, and names of our own. */
const playableContainers = new Set([
  ...["mp3", "flac", "ogg", "wav", "matroska/webm", "mp4", "adts", "mpegts-adts"],
  ...["aiff", "au", "caf", "mpegts"],
]);

/** Returns whether a track belongs to a source and names a playable container. */
export const isPlayableTrackOf = (track: Track, source: string): boolean =>
  track.source.name === source && playableContainers.has(track.source.probe?.name ?? "");
