import type { MediaLocation } from "../bytes/media-location.ts";

/** A file in a music folder or an HTTP address that may be a track or a playlist. */
export interface MediaSource {
  /** Name of the source that a track from here belongs to. */
  readonly sourceName: "http" | "local";
  /** Identifier of the track: the URL or path as requested. */
  readonly identifier: string;
  readonly location: MediaLocation;
}

/**
 * Returns the media source of an HTTP or HTTPS URL; null for other text. `icy:` is read as `http:`.
 *
 * @param base - URL of the playlist that contains the address.
 */
export function httpMediaSource(address: string, base?: string): MediaSource | null {
  const text = address.trim().replace(/^icy:/i, "http:");
  const url = URL.parse(text, base);
  if (url === null || (url.protocol !== "http:" && url.protocol !== "https:")) return null;
  // A requested URL is kept as written; an entry of a playlist is resolved against the URL of the playlist.
  const identifier = base === undefined ? text : url.href;
  return { sourceName: "http", identifier, location: { type: "http", url: url.href, headers: {} } };
}

/** Returns the media source of a file in a music folder. */
export const localMediaSource = (file: {
  readonly path: string;
  readonly realPath: string;
}): MediaSource => ({
  sourceName: "local",
  identifier: file.path,
  location: { type: "file", path: file.realPath },
});
