import type { MediaLocation } from "../bytes/media-location.ts";

/** Something that could be a track or a playlist: an address of the web, or a file in a configured folder. */
export interface MediaSource {
  /** The source whose track it would be. */
  readonly sourceName: "http" | "local";
  /** What the track is found by: the address, or the path. */
  readonly identifier: string;
  readonly location: MediaLocation;
}

/** An address of the web; null for anything else. `icy:` is read as `http:`. */
export function httpMediaSource(address: string, base?: string): MediaSource | null {
  const text = address.trim().replace(/^icy:/i, "http:");
  const url = URL.parse(text, base);
  if (url === null || (url.protocol !== "http:" && url.protocol !== "https:")) return null;
  // What somebody asked for stays as it was written; what a playlist says makes no sense without its address.
  const identifier = base === undefined ? text : url.href;
  return { sourceName: "http", identifier, location: { type: "http", url: url.href, headers: {} } };
}

/** A file in a configured folder. */
export const localMediaSource = (file: {
  readonly path: string;
  readonly realPath: string;
}): MediaSource => ({
  sourceName: "local",
  identifier: file.path,
  location: { type: "file", path: file.realPath },
});
