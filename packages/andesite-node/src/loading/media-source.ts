import type { MediaPart } from "@asterite/audio/media";
import type { MediaLocation } from "../bytes/media-location.ts";
import { joinPartIdentifier, splitPartIdentifier } from "./part-identifier.ts";

/** A file in a music folder or an HTTP address that may be a track or a playlist, or a part of one. */
export interface MediaSource {
  /** Name of the source that a track from here belongs to. */
  readonly sourceName: "http" | "local";
  /** Identifier of the track: the URL or path as requested, with the part. */
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
  const { whole, part } = splitPartIdentifier(text) ?? { whole: text };
  const url = URL.parse(whole, base);
  if (url === null || (url.protocol !== "http:" && url.protocol !== "https:")) return null;
  // A requested URL is kept as written; an entry of a playlist is resolved against the URL of the playlist.
  const identifier = base === undefined ? whole : url.href;
  const source: MediaSource = {
    sourceName: "http",
    identifier,
    location: { type: "http", url: url.href, headers: {} },
  };
  return part ? toPart(source, part) : source;
}

/** Returns the media source of a file in a music folder, or of a part of it. */
export function localMediaSource(file: {
  readonly path: string;
  readonly realPath: string;
  readonly part?: MediaPart | undefined;
}): MediaSource {
  const source: MediaSource = {
    sourceName: "local",
    identifier: file.path,
    location: { type: "file", path: file.realPath },
  };
  return file.part ? toPart(source, file.part) : source;
}

/** Returns the media source of a part of a file. */
export function toPart(source: MediaSource, { startSeconds, endSeconds }: MediaPart): MediaSource {
  const part = { startSeconds, endSeconds };
  return {
    ...source,
    identifier: joinPartIdentifier(source.identifier, part),
    location: { ...source.location, part },
  };
}
