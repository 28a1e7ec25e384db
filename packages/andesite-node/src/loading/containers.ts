import type { Track } from "@asterite/lavaplayer-track";

/** The names of lavaplayer's containers that this node plays. */
const playableContainers = new Set(["mp3", "flac", "ogg", "wav", "matroska/webm", "mp4", "adts"]);

/** Whether a track says of itself that it is of a source and of a container that can be played. */
export const isPlayableTrackOf = (track: Track, source: string): boolean =>
  track.source.name === source && playableContainers.has(track.source.probe?.name ?? "");
