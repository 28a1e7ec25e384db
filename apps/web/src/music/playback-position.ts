import type { MusicState } from "./music-state.ts";

/** Where the track is now, in milliseconds; `theirNow` is the time by the clock that wrote the state. */
export function positionNow(
  { track, positionMs, at, paused }: MusicState["player"],
  theirNow: number,
): number {
  const moved = paused ? 0 : Math.max(0, theirNow - at);
  const position = positionMs + moved;
  return track?.lengthMs == null ? position : Math.min(position, track.lengthMs);
}

const two = (number: number): string => String(number).padStart(2, "0");

/** A length as people write it: 3:05, 1:02:03. */
export function clockText(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor(seconds / 60) % 60;
  const rest = `${hours > 0 ? two(minutes) : minutes}:${two(seconds % 60)}`;
  return hours > 0 ? `${hours}:${rest}` : rest;
}
