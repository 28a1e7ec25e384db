import type { MusicState } from "./music-state.ts";

/**
 * Returns the playback position in ms. `botNow` is the current time on the clock of the bot that wrote the
 * state.
 */
export function currentPositionMs(
  { track, positionMs, at, paused }: MusicState["player"],
  botNow: number,
): number {
  const elapsedMs = paused ? 0 : Math.max(0, botNow - at);
  const position = positionMs + elapsedMs;
  return track?.lengthMs == null ? position : Math.min(position, track.lengthMs);
}

const twoDigits = (number: number): string => String(number).padStart(2, "0");

/** Formats a duration as `3:05` or `1:02:03`. */
export function formatDuration(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor(seconds / 60) % 60;
  const rest = `${hours > 0 ? twoDigits(minutes) : minutes}:${twoDigits(seconds % 60)}`;
  return hours > 0 ? `${hours}:${rest}` : rest;
}
