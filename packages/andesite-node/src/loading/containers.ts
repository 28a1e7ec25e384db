import type { Track } from "@asterite/lavaplayer-track";

/** Returns whether a track is an HLS stream: its container is lavaplayer's name of the playlist. */
export const isHlsTrack = (track: Track): boolean => track.source.probe?.name === "m3u";

/** Playable containers: lavaplayer's names of those that it plays, and names of our own. */
const playableContainers = new Set([
  ...["mp3", "flac", "ogg", "wav", "matroska/webm", "mp4", "adts", "mpegts-adts"],
  ...["aiff", "au", "caf", "latm", "mpegts"],
]);

/** Returns whether a track belongs to a source and names a playable container. */
export const isPlayableTrackOf = (track: Track, source: string): boolean =>
  track.source.name === source &&
  (playableContainers.has(track.source.probe?.name ?? "") || (source === "http" && isHlsTrack(track)));
