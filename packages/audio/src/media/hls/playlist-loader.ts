import type { HlsFetch } from "./hls-fetch.ts";
import type { HlsLimits } from "./hls-limits.ts";
import type { MediaPlaylist } from "./media-playlist.ts";
import { type HlsPlaylist, parseHlsPlaylist } from "./parse-playlist.ts";
import { invalidPlaylist } from "./playlist-lines.ts";

/** Media playlist, and the address to which those in it refer. */
export interface LoadedPlaylist extends MediaPlaylist {
  readonly base: string;
}

/**
 * Loads a playlist.
 *
 * @throws TrackError; the signal's reason when it aborts.
 */
export async function loadPlaylist(
  url: string,
  fetch: HlsFetch,
  limits: HlsLimits,
  signal: AbortSignal,
): Promise<HlsPlaylist & { readonly base: string }> {
  const request = { url, maxBytes: limits.playlistBytes, timeoutMs: limits.playlistMs };
  const response = await fetch(request, signal);
  const text = new TextDecoder().decode(response.bytes);
  return { ...(await parseHlsPlaylist(text, limits.segments)), base: response.url };
}

/** Loads a media playlist. A master playlist in its place is an error, so that playlists cannot refer to each other forever. */
export async function loadMediaPlaylist(
  url: string,
  fetch: HlsFetch,
  limits: HlsLimits,
  signal: AbortSignal,
): Promise<LoadedPlaylist> {
  const loaded = await loadPlaylist(url, fetch, limits, signal);
  if (loaded.type === "master") throw invalidPlaylist("a variant is another list of variants");
  return { ...loaded.playlist, base: loaded.base };
}
